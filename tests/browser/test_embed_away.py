"""The embed when we are away, in trouble or hostile: the last good list, else the links inside; never a word of it."""

import json
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from conftest import Served, Site, eventually, free_port
from elsewhere import OPEN, Elsewhere, Reply, await_timer, feed, links, open_with_clock, widget
from playwright.sync_api import Page, expect
from visits import Visit

pytest_plugins = ("chromium",)

WRONG: dict[str, Reply] = {
    "no JSON": Reply("<p>Sign in to the hotel's network</p>", headers=OPEN),
    "no feed": Reply("[]", headers=OPEN),
    "null": Reply("null", headers=OPEN),
    "items are no list": Reply('{"items": 5}', headers=OPEN),
    "huge": Reply(json.dumps({"title": "x" * 3_000_000, "items": []}), headers=OPEN),
    "failing": Reply("", 500, OPEN),
    "a feed that is an error": Reply(feed("Hidden"), 500, OPEN),
    "not open to others": Reply(feed("Hidden"), headers={"Content-Type": "application/feed+json"}),
    "a redirect to another's": Reply("", 302, OPEN | {"Location": "http://127.0.0.1:9/"}),
    "withdrawn": Reply("", 410, OPEN),
}


@pytest.fixture
def rogue(elsewhere: Elsewhere) -> Elsewhere:
    """A second name of the server, which the page finds to be of another origin."""
    return Elsewhere(elsewhere.base.replace("127.0.0.1", "localhost"), elsewhere.replies, elsewhere.asked)


def inside(page: Page) -> Any:
    return page.get_by_role("link", name="Inside")


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_feed_shows_the_links_inside(
    site: Site, elsewhere: Elsewhere, rogue: Elsewhere, visit: Callable[..., Visit], name: str
) -> None:
    rogue.replies["/feed.json"] = WRONG[name]
    reader = visit()

    reader.page.goto(elsewhere.write(site.config.base_url, widget(f"{rogue.base}/feed.json")))

    expect(inside(reader.page)).to_be_visible()
    expect(links(reader.page)).to_have_count(0)
    # What the browser itself notes of an answer is not ours; an error would be.
    assert [line for line in reader.complaints if line.startswith("error")] == []
    assert reader.page.evaluate("shifts") == []


def test_a_hostile_feed_is_text_and_web_addresses(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    title = '<img src=x onerror="window.caught = 1">'
    good: dict[str, Any] = {"url": "https://a.example/?a=1&b=<i>", "title": title, "date_published": "2024-01-01"}
    addresses = ("javascript:caught=1", "data:text/html,x", "file:///x", "/relative", "", 5, None)
    bad: list[Any] = [
        *(good | {"url": url} for url in addresses),
        *(good | {"url": "https://b.example/", "title": title} for title in ("", " ", 5, None, ["x"])),
        *(good | {"url": "https://c.example/", "date_published": date} for date in ("soon", "", None, {})),
        *(None, 5, "x", [], {}, good),
    ]
    document = {"title": "<b>Feed</b>", "home_page_url": "javascript:caught=1", "language": {"x": 1}, "items": bad}
    elsewhere.replies["/feed.json"] = Reply(json.dumps(document), headers=OPEN)
    reader = visit()

    reader.page.goto(elsewhere.write(site.config.base_url, widget("/feed.json")), wait_until="networkidle")

    expect(links(reader.page)).to_have_text([good["title"]])
    expect(links(reader.page)).to_have_attribute("href", "https://a.example/?a=1&b=%3Ci%3E")
    expect(reader.page.get_by_role("heading")).to_have_text("<b>Feed</b>")
    expect(reader.page.locator("h2 a[href]")).to_have_count(0)
    assert reader.page.evaluate("window.caught") is None
    assert reader.complaints == []


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_takes_the_list_with_it_and_is_asked_for_once_an_hour(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], status: int
) -> None:
    elsewhere.replies["/feed.json"] = Reply(feed("One"), headers=OPEN)
    page = visit().page
    open_with_clock(page, elsewhere.write(site.config.base_url, widget("/feed.json")))
    expect(links(page)).to_have_count(1)
    elsewhere.replies["/feed.json"] = Reply("", status, OPEN)

    page.clock.run_for("05:01")
    expect(inside(page)).to_be_visible()
    expect(links(page)).to_have_count(0)
    page.clock.run_for("50:00")

    assert _asked_and_answered(page, elsewhere) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], status: int) -> None:
    elsewhere.replies["/feed.json"] = Reply("", status, OPEN | {"Retry-After": "1800"})
    page = visit().page
    open_with_clock(page, elsewhere.write(site.config.base_url, widget("/feed.json")))
    expect(inside(page)).to_be_visible()
    elsewhere.replies["/feed.json"] = Reply(feed("One"), headers=OPEN)

    page.clock.run_for("29:50")
    assert _asked_and_answered(page, elsewhere) == 1
    page.clock.run_for("00:12")

    expect(links(page)).to_have_text(["One"])
    expect(inside(page)).to_have_count(0)


@pytest.mark.parametrize("chance", [0, 1])
def test_failures_are_tried_again_more_and_more_seldom_and_not_by_all_at_once(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], chance: int
) -> None:
    elsewhere.replies["/feed.json"] = Reply("", 500, OPEN | {"Retry-After": "-5"})
    page = visit().page
    page.add_init_script(f"Math.random = () => {chance}")
    open_with_clock(page, elsewhere.write(site.config.base_url, widget("/feed.json")))
    expect(inside(page)).to_be_visible()

    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        before, seconds = _asked_and_answered(page, elsewhere), minutes * 30 * (1 + chance)
        page.clock.run_for((seconds - 25) * 1000)
        assert _asked_and_answered(page, elsewhere) == before, minutes
        page.clock.run_for(26_000)
        assert _asked_and_answered(page, elsewhere) == before + 1, minutes


def _asked_and_answered(page: Page, elsewhere: Elsewhere) -> int:
    """How often the feed was asked for, once the embed has done with the last answer."""
    await_timer(page)
    return elsewhere.asked.count("/feed.json")


def test_who_never_answers_is_not_waited_for(site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]) -> None:
    elsewhere.replies["/feed.json"] = Reply(feed("Late"), headers=OPEN, held=Event())
    page = visit().page
    # The browser's own clock cannot be moved on, so the limit is made as much shorter.
    page.add_init_script(
        "const limit = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (time) => limit(time / 50);"
    )

    page.goto(elsewhere.write(site.config.base_url, widget("/feed.json")))

    expect(inside(page)).to_be_visible()


def test_when_we_are_away_the_list_stays_and_goes_on_when_we_are_back(
    serve: Callable[..., Served], elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    served = serve(port=port)
    _publish(served, "One")
    reader = visit()
    page = reader.page
    address = elsewhere.write(base, widget(f"{base}/"))
    open_with_clock(page, address)
    expect(links(page)).to_have_text(["One"])

    served.stop()
    with page.expect_event("requestfailed"):
        page.clock.fast_forward("05:00")
    await_timer(page)
    expect(links(page)).to_have_text(["One"])

    served = serve(port=port)
    _publish(served, "Two")
    page.clock.fast_forward("05:01")  # it may have asked meanwhile, and not for the first time in vain
    expect(links(page)).to_have_text(["Two", "One"])

    # Another page view, an hour later: the script and the list come from the browser's own cache.
    served.stop()
    page.goto(address)
    expect(links(page)).to_have_text(["Two", "One"])
    # And a reader who has never been there.
    stranger = visit()
    stranger.page.goto(address)
    expect(inside(stranger.page)).to_be_visible()
    assert [line for line in reader.complaints + stranger.complaints if line.startswith("error")] == []


def test_without_javascript_the_links_inside_are_there(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    page = visit(java_script_enabled=False).page
    page.goto(elsewhere.write(news.config.base_url, widget(f"{news.config.base_url}/")))
    expect(inside(page)).to_be_visible()


def _publish(served: Served, title: str) -> None:
    result = served.shell("publish", "-", stdin=f"---\ntitle: {title}\n---\nText.".encode())
    assert result.returncode == 0, result.stderr
    eventually(lambda: title in served.http.get("/headlines/news-line.json").text)
