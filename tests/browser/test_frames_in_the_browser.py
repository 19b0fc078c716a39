"""Frames of ours on a page of somebody else's, in a real browser."""

from collections.abc import Callable

from elsewhere import Elsewhere
from playwright.sync_api import FrameLocator, expect
from visits import ENGLISH, FRAMES, Pressroom, Visit

pytest_plugins = ("chromium",)

SANDBOX = 'sandbox="allow-scripts allow-popups"'
LISTENER = "<script>window.told = []; addEventListener('message', ({data}) => told.push(data));</script>"


def framed(reader: Visit, elsewhere: Elsewhere, path: str, attributes: str = "") -> FrameLocator:
    """Open a partner's page that frames `path`, and keeps what it is told by it."""
    frame = f'<iframe src="{reader.base}{path}" title="News" width="400" height="300" {attributes}></iframe>'
    reader.page.goto(elsewhere.write(reader.base, LISTENER, frame), wait_until="networkidle")
    return reader.page.frame_locator("iframe")


def watching(reader: Visit) -> None:
    """Wait until the frame's script has begun, so that time can be moved on before its eyes."""
    reader.page.wait_for_function("told.length > 0")


def test_a_frame_tells_how_tall_it_is_and_asks_nothing_of_anyone_else(
    visit: Callable[..., Visit], elsewhere: Elsewhere
) -> None:
    for name, path in FRAMES.items():
        reader = visit()
        frame = framed(reader, elsewhere, path, SANDBOX)
        tall = frame.locator("html").evaluate("(root) => Math.ceil(root.getBoundingClientRect().height)")
        watching(reader)
        assert reader.page.evaluate("told.at(-1)") == {"type": "feedsvc-height", "height": tall}, name
        assert tall > 50
        assert [line for line in reader.elsewhere() if not line.startswith(f"GET {elsewhere.base}/")] == [], name
        assert [line for line in reader.complaints if "410" not in line and "favicon" not in line] == [], name


def test_a_frame_looks_for_news_while_it_is_seen(
    visit: Callable[..., Visit], pressroom: Pressroom, elsewhere: Elsewhere
) -> None:
    reader = visit()
    reader.page.clock.install()
    pressroom.publish(_tagged("First"))
    frame = framed(reader, elsewhere, "/embed/tags/frames", SANDBOX)
    expect(frame.get_by_role("link", name="First")).to_be_visible()
    pressroom.publish(_tagged("Second"))

    watching(reader)
    reader.page.clock.fast_forward("07:00")

    expect(frame.get_by_role("link", name="Second")).to_be_visible()


def test_a_withdrawn_article_leaves_the_card_that_is_being_looked_at(
    visit: Callable[..., Visit], pressroom: Pressroom, elsewhere: Elsewhere
) -> None:
    reader = visit()
    reader.page.clock.install()
    path = pressroom.publish(_tagged("A claim"))
    frame = framed(reader, elsewhere, f"/embed{path}", SANDBOX)
    expect(frame.get_by_role("heading", name="A claim")).to_be_visible()
    pressroom.retract(path)

    watching(reader)
    reader.page.clock.fast_forward("07:00")

    expect(frame.get_by_role("heading", name="This article has been withdrawn")).to_be_visible()
    expect(frame.get_by_text("A claim")).to_have_count(0)


def test_what_was_last_seen_stays_while_we_are_away(visit: Callable[..., Visit], elsewhere: Elsewhere) -> None:
    reader = visit()
    reader.page.clock.install()
    frame = framed(reader, elsewhere, "/embed/news-line")
    first = frame.get_by_role("listitem").first.inner_text()
    reader.page.route("**/embed/**", lambda route: route.abort())

    watching(reader)
    with reader.page.expect_event("requestfailed"):
        reader.page.clock.fast_forward("07:00")

    assert frame.get_by_role("listitem").first.inner_text() == first
    assert [line for line in reader.complaints if line.startswith("error")] == []


def test_without_javascript_the_headlines_are_there(visit: Callable[..., Visit], elsewhere: Elsewhere) -> None:
    reader = visit(java_script_enabled=False)
    frame = framed(reader, elsewhere, "/embed/tags/karabakh")
    expect(frame.get_by_role("listitem")).not_to_have_count(0)


def _tagged(title: str) -> dict[str, object]:
    return {**ENGLISH, "title": title, "tags": ["Frames"]}
