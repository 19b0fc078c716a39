// Shows what is chosen while it is being chosen. Without it, the form's button does the same.

const form = document.querySelector("form.workbench");
const result = () => document.getElementById("result");
let latest = 0;

const update = async () => {
  const turn = ++latest;
  const query = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(`${location.pathname}?${query}`, { credentials: "omit" });
    if (turn !== latest) return;
    form.elements.tag.setCustomValidity(answer.status === 404 ? form.dataset.unknown : "");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    result().replaceWith(page.getElementById("result"));
    history.replaceState(null, "", answer.url);
  } catch {
    // What was chosen before is still right.
  }
};

// At each keystroke, and not when the field is left: whoever copies next is to copy what was chosen.
let pause;
form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(update, 200);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  update().then(() => form.reportValidity());
});
