// <feedsvc-headlines>: a feedsvc site's headlines on another page. See docs/embedding.md.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LARGEST_FEED = 2_000_000;
const UNITS = Object.entries({ year: 525_960, month: 43_830, week: 10_080, day: 1440, hour: 60, minute: 1 });

const STYLE = `
:host {
  --feedsvc-muted: color-mix(in srgb, currentColor 80%, transparent);
  --feedsvc-rule: color-mix(in srgb, currentColor 25%, transparent);
  --feedsvc-accent: currentColor;
  display: block;
}
:host([theme="light"]), :host([theme="dark"]) { --feedsvc-padding: 1em; --feedsvc-radius: 4px; }
:host([theme="light"]) {
  --feedsvc-ink: #1c1a17;
  --feedsvc-muted: #5d5850;
  --feedsvc-accent: #a3201d;
  --feedsvc-ground: #fffdf9;
  --feedsvc-rule: #dbd5c9;
}
:host([theme="dark"]) {
  --feedsvc-ink: #ece8e0;
  --feedsvc-muted: #aba599;
  --feedsvc-accent: #ff9d8e;
  --feedsvc-ground: #161512;
  --feedsvc-rule: #3b3832;
}
:host([hidden]) { display: none; }
section {
  display: grid;
  grid-template: 2.5em auto / minmax(0, 1fr);
  padding: var(--feedsvc-padding, 0);
  border-radius: var(--feedsvc-radius, 0);
  background: var(--feedsvc-ground, none);
  color: var(--feedsvc-ink, inherit);
  font-family: var(--feedsvc-font, inherit);
  line-height: 1.4;
  overflow-wrap: anywhere;
  text-align: start;
  text-indent: 0;
  white-space: normal;
}
h2, ol { margin: 0; padding: 0; list-style: none; }
h2 { grid-area: 1 / 1; font-size: 1.25em; line-height: 1.6; }
ol { grid-area: 2 / 1; }
li {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  align-content: start;
  box-sizing: border-box;
  min-block-size: 5em;
  padding-block: var(--feedsvc-gap, 0.4em);
  border-block-start: 1px solid var(--feedsvc-rule);
}
a { display: block; min-block-size: 24px; color: inherit; text-decoration: none; }
a[href]:hover { color: var(--feedsvc-accent); text-decoration: underline; }
a:focus-visible { outline: 2px solid var(--feedsvc-accent); outline-offset: 1px; }
span {
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 1;
  min-block-size: 1lh;
  overflow: hidden;
}
li span { -webkit-line-clamp: 2; min-block-size: 2lh; }
time { justify-self: start; min-block-size: 1lh; color: var(--feedsvc-muted); font-size: 0.8125em; }
slot { display: none; grid-area: 1 / 1 / 3; }
.away > * { visibility: hidden; }
.away > slot { display: block; visibility: visible; }
@media screen {
  [aria-busy="true"] span {
    background: repeating-linear-gradient(transparent 0 0.3lh, currentColor 0 0.8lh, transparent 0 1lh);
    opacity: 0.1;
  }
}
`;

const make = (name, part, ...children) => {
  const node = document.createElement(name);
  node.part = part;
  node.append(...children);
  return node;
};

// What is right is left alone: no selection is lost, and nothing read out again.
const put = (node, property, value) => {
  if (node[property] !== value) node[property] = value;
};

const label = (link, { href, words, language }) => {
  put(link.firstChild, "textContent", words);
  put(link.firstChild, "lang", language);
  if (href) put(link, "href", href);
  else link.removeAttribute("href");
};

const blankRow = () => {
  const row = make("li", "item", make("time", "time"), make("a", "link", make("span")));
  row.dir = row.firstChild.dir = "auto";
  row.ariaHidden = "true";
  return row;
};

const text = (value) => (typeof value === "string" ? value.trim() : "");

const webAddress = (value) => {
  try {
    const { protocol, href } = new URL(value);
    if (/^https?:$/.test(protocol)) return href;
  } catch {
    // No address.
  }
};

// /news/tags/music has /news/headlines/tags/music.json.
const feedAddress = (page) => {
  if (!page) throw page;
  const url = new URL(page, document.baseURI);
  const [, prefix, tag = "/news-line"] = /^(.*?)(\/tags\/[^/]+)?\/?$/.exec(url.pathname);
  return url.pathname.endsWith(".json") ? url : new URL(`${prefix}/headlines${tag}.json`, url);
};

const read = async (address, cache) => {
  const signal = AbortSignal.timeout(cache === "force-cache" ? 2000 : 10_000);
  const answer = await fetch(address, { cache, signal, credentials: "omit", referrerPolicy: "no-referrer" });
  const body = await answer.blob();
  if (!answer.ok || body.size > LARGEST_FEED) throw answer;
  const source = await body.text();
  const { title, home_page_url, language, items } = JSON.parse(source);
  const headlines = new Map();
  for (const item of items) {
    const href = webAddress(item?.url);
    const words = text(item?.title);
    const date = new Date(item?.date_published);
    if (!href || !words || !(date > 0) || headlines.has(href)) continue;
    headlines.set(href, { href, words, date, language: text(item.language) || text(language) });
  }
  const heading = { href: webAddress(home_page_url), words: text(title), language: text(language) };
  return { source, heading, headlines: [...headlines.values()] };
};

const NOTHING = { heading: { words: "", language: "" }, headlines: [] };

class Headlines extends HTMLElement {
  static observedAttributes = ["src", "count"];

  static #watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        target.#near = isIntersecting && target.isConnected;
        target.#wake();
      }
    },
    { rootMargin: "200px" },
  );

  #heading = make("a", "", make("span"));
  #list = make("ol", "list");
  #section = make("section", "", make("h2", "heading", this.#heading), this.#list, make("slot"));
  #feed;
  #failures;
  #due;
  #turn;
  #near;
  #timer;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(this.#section);
    this.adoptedCallback();
    this.#heading.id = "heading";
    this.#heading.dir = "auto";
    this.#section.setAttribute("aria-labelledby", "heading");
    this.#list.role = "list";
    this.#begin();
  }

  // A sheet belongs to its document.
  adoptedCallback() {
    const sheet = new this.ownerDocument.defaultView.CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.shadowRoot.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    Headlines.#watch.observe(this);
    document.addEventListener("visibilitychange", this.#wake);
  }

  disconnectedCallback() {
    Headlines.#watch.unobserve(this);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#near = false;
    this.#wake();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === "src") this.#begin();
    else this.#render();
    this.#wake();
  }

  #begin() {
    this.#feed = undefined;
    this.#failures = this.#due = 0;
    this.#turn = {};
    this.#show("", "true");
  }

  #show(state, busy) {
    this.#section.className = state;
    this.#section.ariaBusy = busy;
    this.#render();
  }

  #number(name, least, most, usual) {
    const value = parseInt(this.getAttribute(name), 10);
    return Math.min(most, Math.max(least, isNaN(value) ? usual : value));
  }

  // Whatever could matter calls this. It goes on only while somebody can see it.
  #wake = () => {
    clearTimeout(this.#timer);
    if (!this.#near || document.hidden) return;
    this.#tellTimes();
    const wait = this.#due - Date.now();
    if (wait > 0) this.#timer = setTimeout(this.#wake, Math.min(wait, MINUTE));
    else this.#load();
  };

  async #load() {
    const turn = this.#turn;
    const attempt = async (cache) => {
      try {
        const feed = await read(feedAddress(this.getAttribute("src")), cache);
        if (turn !== this.#turn || feed.source === this.#feed?.source) return;
        this.#feed = feed;
        this.#show("", "false");
      } catch (problem) {
        return problem ?? true;
      }
    };
    this.#due = Infinity;
    const problem = await attempt(this.#feed ? "no-cache" : "default");
    let wait = this.#number("refresh", 60, 86_400, 300) * 1000;
    if (problem && turn === this.#turn) {
      const { status, headers } = problem;
      const retryAfter = headers?.get("Retry-After");
      wait = Math.min(HOUR, 2 ** this.#failures * MINUTE) * (0.5 + Math.random() / 2);
      wait = Math.max(wait, retryAfter * 1000 || 0);
      if (status === 404 || status === 410) {
        wait = HOUR;
        this.#feed = undefined;
      } else if (!this.#feed && !this.#failures && !retryAfter) {
        // Once: a browser that has nothing asks us again.
        await attempt("force-cache");
      }
    }
    if (turn !== this.#turn) return;
    this.#failures = problem ? this.#failures + 1 : 0;
    if (!this.#feed) this.#show("away", "false");
    this.#due = Date.now() + wait;
    this.#wake();
  }

  // Headlines change their rows: a row that moves is seen to jump.
  #render() {
    const { heading, headlines } = this.#feed ?? NOTHING;
    const focused = this.shadowRoot.activeElement?.href;
    const count = this.#number("count", 1, 20, 5);
    const shown = headlines.slice(0, count);
    const rows = this.#list.children;
    label(this.#heading, heading);
    put(this.#heading.parentNode, "ariaHidden", heading.words ? null : "true");
    for (const row of [...rows].slice(shown.length)) row.remove();
    while (rows.length < count) this.#list.append(blankRow());
    shown.forEach((headline, place) => {
      const [time, link] = rows[place].children;
      put(rows[place], "ariaHidden", null);
      put(time, "dateTime", headline.date.toISOString());
      label(link, headline);
      if (link.href === focused) link.focus({ preventScroll: true });
    });
    this.#tellTimes();
  }

  #tellTimes() {
    const locales = [this.closest("[lang]")?.lang, navigator.language].flatMap((each) => {
      try {
        return Intl.RelativeTimeFormat.supportedLocalesOf(each);
      } catch {
        return [];
      }
    });
    const relative = new Intl.RelativeTimeFormat(locales);
    const absolute = new Intl.DateTimeFormat(locales, { dateStyle: "long", timeStyle: "short" });
    for (const time of this.#list.querySelectorAll("[datetime]")) {
      const date = new Date(time.dateTime);
      const minutes = Math.max(1, (Date.now() - date) / MINUTE);
      const [unit, length] = UNITS.find(([, length]) => minutes >= length);
      put(time, "textContent", relative.format(-Math.floor(minutes / length), unit));
      put(time, "title", absolute.format(date));
    }
  }
}

customElements.get("feedsvc-headlines") ?? customElements.define("feedsvc-headlines", Headlines);
