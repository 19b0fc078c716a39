"""Scripts that somebody sends through the API run nowhere: on no page of ours, and on no page of a careless reader."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from elsewhere import Elsewhere, links, widget
from playwright.sync_api import Browser, Route, expect
from strikes import Infested, Watched, infested, watch
from vectors import MUTATIONS, VECTORS

pytest_plugins = ("chromium",)

# Each takes what a feed says is HTML, and puts it into the page as some reader does; none of them cleans anything.
READERS = {
    "as markup": "(each) => put((place) => { place.innerHTML = each })",
    "as a parsed document": """(each) => put((place) =>
        place.append(...new DOMParser().parseFromString(each, "text/html").body.childNodes))""",
    "as markup written and read again": """(each) => put((place) => {
        const first = document.implementation.createHTMLDocument("").body;
        first.innerHTML = each;
        place.innerHTML = first.innerHTML;
        place.innerHTML = place.innerHTML;
    })""",
    "as markup written as XML and read again": """(each) => put((place) => {
        const parsed = new DOMParser().parseFromString(each, "text/html").body;
        place.innerHTML = new XMLSerializer().serializeToString(parsed);
    })""",
    "in a template that is written and read again": """(each) => put((place) => {
        const template = document.createElement("template");
        template.innerHTML = each;
        place.append(template.content.cloneNode(true));
        place.innerHTML = `<template>${place.innerHTML}</template>${place.innerHTML}`;
    })""",
    "as a document": """(each) => new Promise((loaded) => put((place) => {
        const frame = document.createElement("iframe");
        frame.addEventListener("load", loaded, {once: true});
        frame.name = "ours";
        frame.srcdoc = each;
        place.append(frame);
    }))""",
}
PUT = """const put = (fill) => {
    const place = document.createElement("div");
    document.body.append(place);
    fill(place);
};"""
FOREIGN = (
    "iframe, script, style, link, meta, base, object, embed, applet, form, input, button, select, textarea, svg, math, "
    "noscript, noembed, xmp, plaintext, frameset, marquee, [style], [id], [class]"
)
PLACES = """(foreign) => [...document.querySelectorAll("body > div")]
    .map((place) => place.querySelector(":scope > iframe[name=ours]")?.contentDocument.body ?? place)
    .flatMap((place) => [...place.querySelectorAll(foreign)].map((element) => element.outerHTML))"""
# What readers find in each format, as text in which HTML is written.
FEEDS = {
    "json": """(source) => JSON.parse(source).items.map((item) => item.content_html)""",
    "rss": """(source) => [...new DOMParser().parseFromString(source, "application/xml").querySelectorAll("item")]
        .flatMap((item) => [...item.children].filter(({localName}) => /^(description|encoded)$/.test(localName)))
        .map((element) => element.textContent)""",
    "atom": """(source) => [...new DOMParser().parseFromString(source, "application/xml")
        .querySelectorAll("entry > [type=html]")].map((element) => element.textContent)""",
}


@pytest.fixture(scope="module")
def infection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infested]:
    with infested(tmp_path_factory.mktemp("infested")) as site:
        yield site


@pytest.fixture
def watched(browser: Browser, infection: Infested) -> Iterator[Watched]:
    context = browser.new_context()
    yield watch(context, infection.base)
    context.close()


def blank(watched: Watched, elsewhere: Elsewhere, *body: str) -> None:
    """Open a page of somebody else's, of which no policy forbids anything."""
    watched.page.goto(elsewhere.write(watched.visit.base, *body))
    assert watched.refused() == []


def read(watched: Watched, reader: str, contents: list[str]) -> None:
    """Put contents into the page as `reader` does."""
    watched.page.evaluate(f"async (contents) => {{ {PUT} await Promise.all(contents.map({reader})) }}", contents)


def test_there_are_enough_vectors() -> None:
    assert len(set(VECTORS)) == len(VECTORS) >= 80
    assert len(MUTATIONS) >= 15


@pytest.mark.parametrize(("how", "least"), [("as a document", 90), ("as markup", 60)])
def test_the_witness_is_called_where_nothing_is_cleaned(
    watched: Watched, elsewhere: Elsewhere, how: str, least: int
) -> None:
    blank(watched, elsewhere)
    read(watched, READERS[how], VECTORS)
    watched.provoked()
    called = {strike.partition(" on ")[0] for strike in watched.strikes if strike.startswith("(")}
    print(len(called), "of", len(VECTORS))
    assert len(called) >= least


def test_what_a_policy_has_to_stop_is_noticed_on_our_own_pages(watched: Watched, infection: Infested) -> None:
    watched.visit.go(infection.articles[0], "load")
    watched.require_quiet("as it is")
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=struck(0)>')")
    watched.provoked()
    assert watched.strikes == []
    assert len(watched.refused()) > 0


def test_no_vector_was_refused_where_any_text_may_stand(infection: Infested) -> None:
    assert infection.refused <= {"/image", "/attachments/0/url", "/language"}


def test_nothing_runs_on_pages(watched: Watched, infection: Infested) -> None:
    one = quote(infection.crowded_tags[-1])
    paths = ["/", "/tags", "/tags/everything", "/subscribe/tags/everything", "/embed", f"/embed?tag={one}", "/api/docs"]
    for path in [*paths, *infection.crowded, *(f"/tags/{quote(tag)}" for tag in infection.crowded_tags[::9])]:
        watched.visit.go(path, "load")
        watched.require_quiet(path)


def test_nothing_would_run_on_pages_without_their_policy(
    watched: Watched, elsewhere: Elsewhere, infection: Infested
) -> None:
    tags = [quote(tag) for tag in infection.crowded_tags]
    paths = [*infection.crowded, *(f"/tags/{tag}" for tag in tags), *(f"/subscribe/tags/{tag}" for tag in tags[::3])]
    answers = [infection.api.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    blank(watched, elsewhere)
    read(watched, READERS["as a document"], [answer.text for answer in answers])
    watched.require_quiet("a page without its policy")


def test_nothing_runs_in_frames(watched: Watched, elsewhere: Elsewhere, infection: Infested) -> None:
    shown = [*infection.crowded, *(f"/tags/{quote(tag)}" for tag in infection.crowded_tags)]
    addresses = [f"{infection.base}/embed{path}" for path in shown]
    blank(watched, elsewhere, *(f'<iframe src="{address}"></iframe>' for address in addresses))
    assert {frame.url for frame in watched.page.frames[1:]} == set(addresses)
    watched.require_quiet("frames")


def test_nothing_runs_in_the_component(watched: Watched, elsewhere: Elsewhere, infection: Infested) -> None:
    watched.page.set_viewport_size({"width": 800, "height": 12_000})
    sources = [f"{infection.base}/tags/{quote(tag)}" for tag in infection.crowded_tags]
    blank(watched, elsewhere, *(widget(source, count="1") for source in sources))
    expect(links(watched.page)).to_have_count(len(sources))
    watched.require_quiet("the component")


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_nothing_runs_in_a_feed_that_is_opened(watched: Watched, infection: Infested, form: str) -> None:
    def as_xml(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-type": "application/xml"})

    watched.page.route("**/feeds/**", as_xml)
    watched.visit.go(f"/feeds/news-line.{form}", "load")
    expect(watched.page.locator(":is(item, entry)")).to_have_count(len(VECTORS) + len(infection.crowded))
    watched.require_quiet(form)


@pytest.mark.parametrize("how", READERS)
def test_nothing_runs_in_a_reader_that_cleans_nothing(
    watched: Watched, elsewhere: Elsewhere, infection: Infested, how: str
) -> None:
    blank(watched, elsewhere)
    contents: set[str] = set()
    for form, find in FEEDS.items():
        found = watched.page.evaluate(find, infection.api.get(f"/feeds/news-line.{form}").text)
        assert len(found) >= len(VECTORS), form
        contents.update(found)
    read(watched, READERS[how], sorted(contents))
    watched.require_quiet(how)
    assert watched.page.evaluate(PLACES, FOREIGN) == []
