"""Pages for everyone: judged by axe-core, and shown as a reader wants them shown, larger, still, in other colours."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Site
from elsewhere import Elsewhere, links, widget
from playwright.sync_api import expect
from visits import FRAMES, PAGES, Visit

pytest_plugins = ("chromium",)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_SIZES = """
    () => Object.fromEntries(Object.entries({headline: "h1", text: ".colophon p"}).map(([name, selector]) =>
        [name, parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)]))
"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_to_mend(visit: Callable[..., Visit], scheme: str, width: int) -> None:
    axe = Axe()
    reader = visit(color_scheme=scheme, viewport={"width": width, "height": 800})
    for name, path in (PAGES | FRAMES).items():
        reader.go(path)

        judged = axe.run(reader.page, options={"runOnly": RULES, "resultTypes": ["violations"]})

        assert {rule["id"] for rule in judged.response["passes"]} >= {"color-contrast", "target-size", "region"}, name
        # Not its own report, which knows no elements inside of others' shadows.
        found = {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in judged.response["violations"]}
        assert found == {}, name


@pytest.mark.parametrize(
    ("scheme", "theme"), [("light", "auto"), ("dark", "auto"), ("dark", "light"), ("light", "dark")]
)
def test_axe_finds_nothing_to_mend_in_an_embed(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], scheme: str, theme: str
) -> None:
    reader = visit(color_scheme=scheme, viewport={"width": 320, "height": 800})
    around = ('<meta name="color-scheme" content="light dark"><main><h1>Partner</h1>', "</main>")
    embed = widget(f"{news.config.base_url}/", theme=theme)
    reader.page.goto(elsewhere.write(news.config.base_url, around[0], embed, around[1]))
    expect(links(reader.page)).to_have_count(5)

    judged = Axe().run(reader.page, options={"runOnly": RULES, "resultTypes": ["violations"]})

    found = {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in judged.response["violations"]}
    assert found == {}


def test_letters_of_twice_the_size_make_no_page_wider(visit: Callable[..., Visit]) -> None:
    reader = visit(viewport={"width": 1280, "height": 800})
    for name, path in PAGES.items():
        reader.go(path, "load")
        before = reader.page.evaluate(_SIZES)

        reader.page.evaluate("document.documentElement.style.fontSize = '200%'")

        after = reader.page.evaluate(_SIZES)
        assert after["text"] == 2 * before["text"], name
        # Headlines grow with the window as well, so that the largest of them grow less.
        assert after["headline"] > before["headline"], name
        assert reader.width() == (1280, 1280), name


@pytest.mark.parametrize(("wanted", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_those_who_want_it_still(visit: Callable[..., Visit], wanted: str, moves: bool) -> None:
    reader = visit(reduced_motion=wanted)
    for name, path in PAGES.items():
        reader.go(path, "load")
        moving = reader.page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((element) => {
                const style = getComputedStyle(element);
                return style.transitionDuration !== "0s" || style.animationName !== "none"
                    || style.scrollBehavior !== "auto";
            }).length"""
        )
        assert (moving > 0) == moves, name


def test_forced_colours_leave_what_can_be_pressed_its_shape(visit: Callable[..., Visit]) -> None:
    reader = visit(forced_colors="active")
    reader.go("/articles/bridge")
    for pressed in (".chip", ".share button"):
        border = reader.page.locator(pressed).first.evaluate(
            "(it) => { const style = getComputedStyle(it); return [style.borderTopStyle, style.borderTopColor]; }"
        )
        ground = reader.page.locator("html").evaluate("(root) => getComputedStyle(root).backgroundColor")
        assert border[0] == "solid"
        assert border[1] != ground
    reader.page.keyboard.press("Tab")
    assert reader.page.locator(":focus").evaluate("(it) => getComputedStyle(it).outlineStyle") == "solid"


def test_on_paper_is_what_can_be_read_in_black_on_white(visit: Callable[..., Visit]) -> None:
    reader = visit(color_scheme="dark")
    reader.go("/articles/bridge")

    reader.page.emulate_media(media="print")

    for hidden in (".skip", ".bar", ".share", ".back"):
        expect(reader.page.locator(hidden)).to_be_hidden()
    for shown in ("h1", ".byline", ".facts", "article img", ".body", ".chips"):
        expect(reader.page.locator(shown)).to_be_visible()
    expect(reader.page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(reader.page.locator("h1")).to_have_css("color", "rgb(0, 0, 0)")
