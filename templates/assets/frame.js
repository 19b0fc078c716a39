// Tells the page around it how tall it is, and looks for news every few minutes while somebody can see it.

const PATIENCE = 10_000;
const INTERVAL = 300_000;
const LONGEST = 3_600_000;

const tell = () => {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  // To whoever frames it: how tall a public page is, is no secret.
  parent.postMessage({ type: "feedsvc-height", height }, "*");
};
new ResizeObserver(tell).observe(document.documentElement);

let wait = INTERVAL;
let due = Date.now() + wait;

const show = (markup) => {
  const now = document.querySelector("main");
  const next = new DOMParser().parseFromString(markup, "text/html").querySelector("main");
  // Not from under the keyboard of somebody who is reading it.
  if (!next || next.outerHTML === now.outerHTML || now.contains(document.activeElement)) return;
  now.replaceWith(next);
};

const refresh = async () => {
  due = Infinity;
  try {
    const options = { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) };
    const answer = await fetch(location.href, options);
    // A withdrawn article is 410, and that is what is to be shown of it.
    if (!answer.ok && answer.status !== 410) throw answer.status;
    show(await answer.text());
    wait = INTERVAL;
  } catch {
    // What was last seen stays.
    wait = Math.min(wait * 2, LONGEST);
  }
  due = Date.now() + wait * (1 + Math.random() / 4);
};

const look = () => {
  if (!document.hidden && Date.now() >= due) refresh();
};
setInterval(look, 30_000);
document.addEventListener("visibilitychange", look);
