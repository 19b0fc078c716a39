"""How the embed looks on somebody else's page: their colours or ours, either direction, large, and never moving."""

from collections.abc import Callable
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from conftest import Site
from elsewhere import OPEN, Elsewhere, Reply, feed, links, widget
from playwright.sync_api import Locator, Page, expect
from visits import Visit

pytest_plugins = ("chromium",)

# The luminance (WCAG 2.2) of an element's ink, and of the ground that it stands on.
LUMINANCES = """(element) => {
    const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const grounds = [];
    for (let node = element; node; node = node.parentElement ?? node.getRootNode().host)
        grounds.unshift(getComputedStyle(node).backgroundColor);
    paint.fillStyle = "white";
    paint.fillRect(0, 0, 1, 1);
    return [...grounds, getComputedStyle(element).color].map((color) => {
        paint.fillStyle = color;
        paint.fillRect(0, 0, 1, 1);
        const linear = [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255)
            .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }).slice(-2);
}"""
# What docs/embedding.md promises: each property, with an element that shows it, how, and what it is set to.
PROPERTIES = {
    "ink": ("section", "color", "rgb(1, 2, 3)"),
    "ground": ("section", "background-color", "rgb(4, 5, 6)"),
    "font": ("section", "font-family", "cursive"),
    "padding": ("section", "padding-top", "7px"),
    "radius": ("section", "border-top-left-radius", "8px"),
    "muted": ("time", "color", "rgb(9, 9, 9)"),
    "rule": ("li", "border-top-color", "rgb(10, 10, 10)"),
    "gap": ("li", "padding-top", "11px"),
    "accent": ("li a", "color", "rgb(12, 12, 12)"),
}
PARTS = ("heading", "list", "item", "time", "link")
PAGES = {"light": "color: #222; background: #fff", "dark": "color: #ddd; background: #111"}


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_everything_can_be_read_on_light_and_on_dark_pages(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], theme: str
) -> None:
    base, page = news.config.base_url, visit().page
    for name, colours in PAGES.items():
        style = f"<style>body {{ {colours}; font: 18px monospace }}</style>"
        page.goto(elsewhere.write(base, style, widget(f"{base}/", theme=theme)))
        expect(links(page)).to_have_count(5)
        for part in ("h2 a", "li a", "time"):
            ground, ink = page.locator(part).first.evaluate(LUMINANCES)
            assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5, (name, part)
            assert (ground > ink) == ((name if theme == "auto" else theme) == "light"), (name, part)
        expect(links(page).first).to_have_css("font-family", "monospace")
        expect(links(page).first).to_have_css("font-size", "18px")


def test_a_page_may_set_colours_and_parts(news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]) -> None:
    base, page = news.config.base_url, visit().page
    rules = "".join(f"--feedsvc-{name}: {value};" for name, (_, _, value) in PROPERTIES.items())
    parts = "".join(f"::part({name}) {{ order: {place} }}" for place, name in enumerate(PARTS, 1))
    style = f"<style>feedsvc-headlines {{ {rules} }} {parts}</style>"

    page.goto(elsewhere.write(base, style, widget(f"{base}/"), widget(f"{base}/", theme="dark")))

    for shown in page.locator("feedsvc-headlines").all():
        expect(links(shown)).to_have_count(5)
        links(shown).first.hover()
        for element, name, value in PROPERTIES.values():
            expect(shown.locator(element).first).to_have_css(name, value)
        for place, name in enumerate(PARTS, 1):
            expect(shown.locator(f"[part={name}]").first).to_have_css("order", str(place))


def test_a_row_reads_as_its_headline_does_and_the_rest_as_the_page(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    site.publish(title="Bridge", language="en")
    site.publish(title="افتتاح الجسر", language="ar")
    base, page = site.config.base_url, visit().page
    for direction in ("ltr", "rtl"):
        page.goto(elsewhere.write(base, widget(f"{base}/"), root=f'lang="en" dir="{direction}"'))
        expect(links(page)).to_have_count(2)
        assert page.locator("section").evaluate("(section) => getComputedStyle(section).direction") == direction
        arabic, english = (page.locator("li").nth(place) for place in (0, 1))
        expect(arabic.locator("span")).to_have_attribute("lang", "ar")
        assert _edges(arabic) == ["right", "right"]
        assert _edges(english) == ["left", "left"]


def _edges(row: Locator) -> list[str]:
    """At which edge of the row its time and its headline begin."""
    edges: list[str] = row.evaluate(
        """(row) => [...row.children].map((child) => {
            const range = document.createRange(), box = row.getBoundingClientRect();
            range.selectNodeContents(child);
            const words = range.getClientRects()[child.matches("a") ? 1 : 0] ?? range.getBoundingClientRect();
            return words.left - box.left < box.right - words.right ? "left" : "right";
        })"""
    )
    return edges


def test_nothing_moves_from_the_first_line_parsed_to_the_last_headline_shown(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    news.publish(title="A headline of many words, more than two lines of this narrow page can hold " * 3)
    base, reader = news.config.base_url, visit(viewport={"width": 320, "height": 900})
    reserve = "<style>feedsvc-headlines:not(:defined) { display: block; min-height: 27.5em; }</style>"
    # The module runs when all of the page is parsed, which this script holds up.
    gate = Reply("", headers={"Content-Type": "text/javascript"}, held=Event())
    elsewhere.replies["/gate.js"] = gate
    below = '<p id="below">Below</p><script src="/gate.js"></script>'
    address = elsewhere.write(base, reserve, widget(f"{base}/"), below)
    reader.page.goto(address, wait_until="commit")
    expect(reader.page.get_by_role("link", name="Inside")).to_be_visible()
    before = _place(reader.page)
    gate.held.set()

    expect(links(reader.page)).to_have_count(5)

    assert _place(reader.page) == before
    assert reader.page.evaluate("shifts") == []
    assert reader.width() == (320, 320)


def _place(page: Page) -> Any:
    return page.locator("#below").bounding_box()


def test_while_it_waits_rows_stand_where_the_headlines_will(
    elsewhere: Elsewhere, visit: Callable[..., Visit], site: Site
) -> None:
    held = Reply(feed("One"), headers=OPEN, held=Event())
    elsewhere.replies["/feed.json"] = held
    reader = visit(viewport={"width": 320, "height": 900}, reduced_motion="reduce")
    reserve = "<style>feedsvc-headlines:not(:defined) { display: block; min-height: 17.5em; }</style>"
    body = (reserve, widget("/feed.json", count="3"), '<p id="below">Below</p>')
    reader.page.goto(elsewhere.write(site.config.base_url, *body))
    section = reader.page.locator("section")
    expect(section).to_have_attribute("aria-busy", "true")
    expect(reader.page.locator("li:visible")).to_have_count(3)
    before = _place(reader.page)
    assert reader.page.evaluate("document.getAnimations().length") == 0

    held.held.set()

    expect(links(reader.page)).to_have_text(["One"])
    expect(section).to_have_attribute("aria-busy", "false")
    assert _place(reader.page) == before
    assert reader.page.evaluate("shifts") == []


def test_twice_the_size_with_wide_spacing_is_all_still_there(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base, reader = news.config.base_url, visit(viewport={"width": 320, "height": 900})
    # Text at 200 % (WCAG 2.2, 1.4.4) and spaced (1.4.12), as a reader's own style sheet sets it.
    style = "<style>html { font-size: 200%; letter-spacing: .12em; word-spacing: .16em; line-height: 1.5 }</style>"
    news.publish(title="Bridge opens over the river after two years of building, and nine arches")

    reader.page.goto(elsewhere.write(base, style, widget(f"{base}/")))

    expect(links(reader.page)).to_have_count(5)
    assert reader.width() == (320, 320)
    boxes = [row.bounding_box() or {} for row in reader.page.locator("li").all()]
    assert all(upper["y"] + upper["height"] <= lower["y"] + 0.1 for upper, lower in pairwise(boxes))
    cut = "(row) => row.scrollHeight > row.clientHeight + 1 || row.scrollWidth > row.clientWidth"
    assert [row.evaluate(cut) for row in reader.page.locator("li").all()] == [False] * 5


def test_every_link_is_reached_by_keyboard_seen_and_large_enough(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base, page = news.config.base_url, visit().page
    page.goto(elsewhere.write(base, "<style>body { font-size: 10px }</style>", widget(f"{base}/")))
    expect(links(page)).to_have_count(5)
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """() => {
                    const link = document.activeElement.shadowRoot.activeElement, box = link.getBoundingClientRect();
                    return [link.textContent, getComputedStyle(link).outlineStyle, box.height >= 24 && box.width >= 24];
                }"""
            )
        )
    assert reached == [[name, "solid", True] for name in ("News Line", *(f"Headline {number}" for number in range(5)))]
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base}/articles/headline-4")
