// Buttons that copy what another element says. Where nothing can be copied, there are no buttons.

const label = (button, text) => {
  const own = button.textContent;
  button.textContent = text;
  setTimeout(() => (button.textContent = own), 2_000);
};

const show = () => {
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
};

if (navigator.clipboard) {
  show();
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("button[data-copy]");
    if (!button || button.textContent === button.dataset.copied) return;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      label(button, button.dataset.copied);
    } catch {
      // Not allowed here; the text can be selected by hand.
    }
  });
}
