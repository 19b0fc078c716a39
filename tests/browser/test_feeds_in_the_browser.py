"""A feed with its stylesheet in a real browser.

Under a feed's own Content-Type no browser looks at the stylesheet (docs/adr/0014-feeds-in-a-browser.md), so these give
it the same bytes as application/xml.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect
from visits import ONE_WORD, Pressroom, Visit

from feedsvc.typography import css_string

pytest_plugins = ("chromium",)

FEEDS = ("/feeds/news-line.rss", "/feeds/news-line.atom")
ITEMS = ":is(item, entry)"
# The strings that CSS says it would show are serialised (CSSOM section 2.1).
_ESCAPED = re.compile(r"\\([0-9a-f]{1,6}) |\\(.)", re.DOTALL)


def feed_reader(visit: Callable[..., Visit], path: str, **options: object) -> Visit:
    """A visitor to a feed that comes as XML."""
    reader = visit(**options)

    def as_xml(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-type": "application/xml"})

    reader.page.route("**/feeds/**", as_xml)
    # A document that names no icon is asked for one at an address that is not ours to answer.
    reader.page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    reader.go(path)
    return reader


def shown(reader: Visit, selector: str, where: str) -> str:
    """The text that the stylesheet puts before or after an element."""
    content = reader.page.locator(selector).first.evaluate(
        "(element, where) => getComputedStyle(element, where).content", where
    )
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], content[1:-1])


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_shows_its_title_and_headlines_and_hides_what_is_for_programs(
    visit: Callable[..., Visit], path: str
) -> None:
    reader = feed_reader(visit, path)
    article = reader.page.locator(ITEMS, has_text="It took two years.").last
    for part in ("title", ":is(description, summary)", ":is(pubDate, published)", ":is(creator, author > name)"):
        expect(article.locator(part).first).to_be_visible()
    expect(reader.page.locator(":is(channel, feed) > title")).to_have_text("News Line")
    expect(reader.page.locator(":is(channel, feed) > title")).to_be_visible()
    expect(reader.page.locator(":is(channel, feed) > :is(description, subtitle)")).to_be_visible()
    machinery = (
        "guid, id, encoded, content, updated, category, enclosure, generator, ttl, docs, language, updateFrequency"
    )
    for hidden in reader.page.locator(machinery).all():
        expect(hidden).to_be_hidden()
    for link in reader.page.locator(f"{ITEMS} > link, feed > link[type^=application]:not([rel=self])").all():
        expect(link).to_be_hidden()


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_says_what_it_is_and_gives_its_address(visit: Callable[..., Visit], path: str) -> None:
    reader = feed_reader(visit, path)
    own = reader.page.locator("link[rel=self]")
    expect(own).to_be_visible()
    assert shown(reader, ":root", "::before") == "This is a news feed"
    assert "feed reader" in shown(reader, "link[rel=self]", "::before")
    assert shown(reader, "link[rel=self]", "::after") == f"{reader.base}{path}"
    assert own.get_attribute("href") == f"{reader.base}{path}"
    home = reader.page.locator("channel > link:not([rel]), feed > link[type='text/html']")
    expect(home).to_be_visible()
    assert f"{reader.base}/" in (home.text_content(), home.get_attribute("href"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_quiet_and_looks_like_the_site(visit: Callable[..., Visit], path: str, scheme: str) -> None:
    look = """(selectors) => selectors.map((selector) => {
        const style = getComputedStyle(document.querySelector(selector));
        return [style.color, selector === ":root" ? style.backgroundColor : ""];
    })"""
    page = visit(color_scheme=scheme)
    page.go("/")
    reader = feed_reader(visit, path, color_scheme=scheme)
    assert reader.page.evaluate(look, [":root", ":is(description, subtitle)"]) == page.page.evaluate(
        look, [":root", ".motto"]
    )
    assert reader.complaints == []
    assert reader.elsewhere() == []
    assert [line for line in reader.requests if "favicon" not in line] == [
        f"GET {reader.base}{path}",
        f"GET {reader.base}/assets/feed.css",
    ]


@pytest.mark.parametrize("path", FEEDS)
def test_no_feed_is_wider_than_the_window(visit: Callable[..., Visit], pressroom: Pressroom, path: str) -> None:
    pressroom.publish(ONE_WORD)
    reader = feed_reader(visit, path, viewport={"width": 320, "height": 640})
    expect(reader.page.locator("title", has_text="Wide").first).to_be_visible()
    assert reader.width() == (320, 320)


@pytest.mark.parametrize("path", FEEDS)
def test_each_headline_runs_as_it_is_written(visit: Callable[..., Visit], path: str) -> None:
    reader = feed_reader(visit, path, viewport={"width": 800, "height": 640})
    sides = {}
    for word in ("افتتاح", "Bridge"):
        title = reader.page.locator(f"{ITEMS} > title", has_text=word).first
        sides[word] = title.evaluate(
            """(title) => {
                const range = document.createRange();
                range.selectNodeContents(title);
                const text = range.getBoundingClientRect(), box = title.getBoundingClientRect();
                return [Math.round(text.left - box.left), Math.round(box.right - text.right)];
            }"""
        )
    assert sides["افتتاح"][1] == 0 < sides["افتتاح"][0]
    assert sides["Bridge"][0] == 0 < sides["Bridge"][1]


@pytest.mark.parametrize(
    "text", ['“a” "b"', "back\\slash", "\\", "a\nb\r\fc", '"; } * { display: none', "</style>", "é ə ی 🌍", "\\a b", ""]
)
def test_any_text_can_be_said_by_a_stylesheet(visit: Callable[..., Visit], text: str) -> None:
    reader = visit()
    reader.go("/")
    reader.page.evaluate(
        """(text) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`:root::before { content: ${text} }`);
            document.adoptedStyleSheets = [sheet];
        }""",
        str(css_string(text)),
    )
    assert shown(reader, ":root", "::before") == text
