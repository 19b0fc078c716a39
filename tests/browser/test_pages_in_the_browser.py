"""Every page in a real browser: quiet, self-contained, still, and as wide as the window, in both directions."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect
from visits import ONE_WORD, PAGES, Pressroom, Visit

pytest_plugins = ("chromium",)

STATUS = {"not found": 404, "withdrawn": 410}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_says_fails_or_fetches_anything_it_should_not(visit: Callable[..., Visit], scheme: str) -> None:
    for name, path in PAGES.items():
        reader = visit(color_scheme=scheme)

        response = reader.go(path)

        status = STATUS.get(name, 200)
        own_status = [] if status == 200 else [f"{status}: {reader.base}{path}"]
        assert response.status == status, name
        # The browser itself notes the status of such a page on the console.
        assert [line for line in reader.complaints if "responded with a status of" not in line] == own_status, name
        assert reader.elsewhere() == [], name
        assert reader.page.evaluate("violations") == [], name
        assert reader.page.evaluate("shifts") == [], name
        assert reader.page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)"), name


def test_light_and_dark_look_different_and_both_can_be_read(visit: Callable[..., Visit]) -> None:
    luminance = {}
    for scheme in ("light", "dark"):
        reader = visit(color_scheme=scheme)
        reader.go("/articles/bridge")
        ground, ink = reader.page.evaluate(
            """() => {
                const style = getComputedStyle(document.body), root = getComputedStyle(document.documentElement);
                const ground = [style, root].map((it) => it.backgroundColor).find((it) => it !== "rgba(0, 0, 0, 0)");
                const paint = document.createElement("canvas").getContext("2d");
                return [ground, style.color].map((color) => {
                    paint.fillStyle = color;
                    paint.fillRect(0, 0, 1, 1);
                    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
                });
            }"""
        )
        luminance[scheme] = _luminance(ground), _luminance(ink)
    for ground, ink in luminance.values():
        lighter, darker = max(ground, ink), min(ground, ink)
        assert (lighter + 0.05) / (darker + 0.05) >= 7  # WCAG 2.2, 1.4.6
    assert luminance["light"][0] > luminance["light"][1]
    assert luminance["dark"][0] < luminance["dark"][1]


@pytest.mark.parametrize("width", [320, 640, 768])
def test_no_page_is_wider_than_the_window(visit: Callable[..., Visit], pressroom: Pressroom, width: int) -> None:
    reader = visit(viewport={"width": width, "height": 640})
    one_word = {"article of one word": pressroom.publish(ONE_WORD)}
    for name, path in (PAGES | one_word).items():
        reader.go(path, "load")
        assert reader.width() == (width, width), name


@pytest.mark.parametrize("width", [320, 1280])
def test_an_article_does_not_shift_while_its_picture_loads(visit: Callable[..., Visit], width: int) -> None:
    reader = visit(viewport={"width": width, "height": 800})
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    reader.page.route("**/demo-01.svg", hold)
    reader.page.goto(f"{reader.base}/articles/bridge", wait_until="domcontentloaded")
    expect(reader.page.locator("[data-reads]")).not_to_have_text("Read: 0")
    before = reader.page.locator("article .body").bounding_box()

    held[0].continue_()
    reader.page.wait_for_load_state("networkidle")

    assert reader.page.locator("article img").first.evaluate("(image) => image.naturalWidth") > 0
    assert reader.page.locator("article .body").bounding_box() == before
    assert reader.page.evaluate("shifts") == []


def test_arabic_reads_from_right_to_left(visit: Callable[..., Visit]) -> None:
    reader = visit(viewport={"width": 800, "height": 640})
    reader.go("/articles/jisr")
    expect(reader.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(reader.page.locator("html")).to_have_attribute("lang", "ar")
    assert reader.page.locator("h1").evaluate("(title) => getComputedStyle(title).direction") == "rtl"
    # The first letter of the headline stands at the right edge of the text.
    left, right = reader.page.locator("h1").evaluate(
        """(title) => {
            const range = document.createRange();
            range.setStart(title.firstChild, 0);
            range.setEnd(title.firstChild, 1);
            const letter = range.getBoundingClientRect(), box = title.getBoundingClientRect();
            return [letter.left - box.left, box.right - letter.right];
        }"""
    )
    assert right < left


def test_the_first_tab_offers_to_skip_to_the_content(visit: Callable[..., Visit]) -> None:
    for path in PAGES.values():
        reader = visit()
        reader.go(path, "load")

        reader.page.keyboard.press("Tab")

        expect(reader.page.locator(":focus")).to_have_attribute("href", "#content")
        expect(reader.page.locator(":focus")).to_be_in_viewport()
        reader.page.keyboard.press("Enter")
        expect(reader.page.locator("#content")).to_be_focused()


def test_everything_to_press_in_an_article_is_reached_by_keyboard_and_then_seen(
    visit: Callable[..., Visit],
) -> None:
    reader = visit()
    reader.go("/articles/bridge")
    pressed = reader.page.locator("a[href], button").count()
    reached = []
    for _ in range(pressed):
        reader.page.keyboard.press("Tab")
        focused = reader.page.locator(":focus")
        outline, name = focused.evaluate("(it) => [getComputedStyle(it).outlineStyle, it.href || it.textContent]")
        assert outline != "none", name
        reached.append(name)
    assert "Copy link" in reached
    assert f"{reader.base}/tags/karabakh" in reached
    assert f"{reader.base}/" in reached


def test_the_headlines_lead_to_the_article_and_back(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.go("/")
    reader.page.locator(f"a[href='{reader.base}/articles/bridge']").last.click()
    expect(reader.page).to_have_url(f"{reader.base}/articles/bridge")
    reader.page.locator("a[rel=home]").click()
    expect(reader.page).to_have_url(f"{reader.base}/")


def _luminance(color: list[float]) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
