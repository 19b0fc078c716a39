// Buttons that copy a text, or what another element says. Where nothing can be copied, there are no buttons.

const BUTTONS = "button:is([data-text], [data-copy])";

const label = (button, text) => {
  const own = button.textContent;
  button.textContent = text;
  setTimeout(() => (button.textContent = own), 2_000);
};

const show = () => {
  for (const button of document.querySelectorAll(BUTTONS)) {
    // Its new label is read out, too.
    button.ariaLive = "polite";
    button.hidden = false;
  }
};

if (navigator.clipboard) {
  show();
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest(BUTTONS);
    if (!button || button.textContent === button.dataset.copied) return;
    try {
      const { text, copy } = button.dataset;
      await navigator.clipboard.writeText(text ?? document.getElementById(copy).textContent);
      label(button, button.dataset.copied);
    } catch {
      // Not allowed here; the text can be selected by hand.
    }
  });
}
