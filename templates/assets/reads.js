(() => {
  "use strict";

  const shown = document.querySelector("data[data-reads]");
  if (!shown) return;

  // The page may be read under another host name than the configured one: only the path is certain to be ours.
  const path = new URL(shown.dataset.reads, location.href).pathname;
  const key = `reads:${path}`;

  // Browsers that block storage throw on the very mention of it.
  const recall = () => {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const remember = (reads) => {
    try {
      sessionStorage.setItem(key, String(reads));
    } catch {
      // Without storage a reload counts again, which is better than not counting at all.
    }
  };

  const show = (reads) => {
    // A cached page knows an older number than we do, never a truer one.
    if (!Number.isSafeInteger(reads) || reads <= Number(shown.value)) return;
    // Browsers know fewer languages than the server, and other digits for some: what it wrote shows which are wanted.
    const text = shown.textContent;
    const digits = /[0-9]/.test(text) ? { numberingSystem: "latn" } : {};
    const separator = /\p{Nd}(\P{Nd})\p{Nd}/u.exec(text)?.[1];
    const parts = new Intl.NumberFormat(document.documentElement.lang, digits).formatToParts(reads);
    const number = parts.map(({ type, value }) => (type === "group" && separator) || value).join("");
    shown.textContent = text.replace(/\p{Nd}(.*\p{Nd})?/u, number);
    shown.value = String(reads);
  };

  const post = async () => {
    // Noted before it is sent: a reload while the answer is on its way must not count twice.
    remember(shown.value);
    try {
      const answer = await fetch(path, { method: "POST", keepalive: true, credentials: "omit" });
      if (!answer.ok) return;
      const { reads } = await answer.json();
      show(reads);
      remember(shown.value);
    } catch {
      // The number is an ornament: whatever fails, the article is what the reader came for.
    }
  };

  const count = () => {
    const last = recall();
    if (last === null) post();
    else show(Number(last));
  };

  // Counting must not keep the article waiting, so it waits for the article.
  const onceSeen = (then) => {
    if (!PerformanceObserver.supportedEntryTypes?.includes("paint")) return void then();
    const observer = new PerformanceObserver((list) => {
      if (!list.getEntriesByName("first-contentful-paint").length) return;
      observer.disconnect();
      then();
    });
    observer.observe({ type: "paint", buffered: true });
  };

  // A prerendered page reports itself hidden until it is looked at, so visibility covers both.
  const begin = () => {
    if (document.prerendering || document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", begin);
    document.removeEventListener("prerenderingchange", begin);
    onceSeen(count);
  };

  document.addEventListener("visibilitychange", begin);
  document.addEventListener("prerenderingchange", begin);
  begin();
})();
