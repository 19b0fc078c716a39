"""The embed over time: it asks when it is seen and not when it is not, and what stays the same is left alone."""

from collections.abc import Callable
from threading import Event

import pytest
from conftest import Site, eventually
from elsewhere import OPEN, Elsewhere, Reply, await_timer, feed, links, open_with_clock, widget
from playwright.sync_api import expect
from visits import Visit

pytest_plugins = ("chromium",)

# What changes in the element's tree from now on.
WATCH = """() => {
    window.changes = 0;
    new MutationObserver((records) => { changes += records.length; }).observe(
        document.querySelector("feedsvc-headlines").shadowRoot,
        { subtree: true, childList: true, attributes: true, characterData: true },
    );
}"""
# How many answers have been read to their end.
NOTE_READ = """
    window.read = 0;
    const text = Blob.prototype.text;
    Blob.prototype.text = function () {
        return text.call(this).finally(() => { read += 1; });
    };
"""
SHOW = """(visibility) => {
    Object.defineProperty(document, "hidden", { value: visibility === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def asked(elsewhere: Elsewhere) -> int:
    return elsewhere.asked.count("/feed.json")


def test_what_is_published_comes_with_the_next_refresh_and_without_losing_the_focus(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base, reader = news.config.base_url, visit()
    open_with_clock(reader.page, elsewhere.write(base, widget(f"{base}/", count="3")))
    reader.page.get_by_role("link", name="Headline 1").focus()
    news.publish(title="Bridge")

    reader.page.clock.fast_forward("05:00")

    expect(links(reader.page)).to_have_text(["Bridge", "Headline 0", "Headline 1"])
    expect(reader.page.get_by_role("link", name="Headline 1")).to_be_focused()
    expect(reader.page.locator("li time").first).to_have_text("5 minutes ago")
    assert reader.page.evaluate("shifts") == []
    assert reader.complaints == []


def test_a_headline_that_moves_keeps_the_focus(elsewhere: Elsewhere, site: Site, visit: Callable[..., Visit]) -> None:
    elsewhere.replies["/feed.json"] = Reply(feed("One", "Two", "Three"), headers=OPEN)
    page = visit().page
    open_with_clock(page, elsewhere.write(site.config.base_url, widget("/feed.json")))
    page.get_by_role("link", name="Three").focus()
    elsewhere.replies["/feed.json"] = Reply(feed("Three", "One"), headers=OPEN)

    page.clock.fast_forward("05:00")

    expect(links(page)).to_have_text(["Three", "One"])
    expect(page.get_by_role("link", name="Three")).to_be_focused()
    expect(page.locator("li")).to_have_count(5)


def test_a_refresh_that_changes_nothing_is_told_304_and_touches_nothing(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base, page = news.config.base_url, visit().page
    open_with_clock(page, elsewhere.write(base, widget(f"{base}/")))
    expect(links(page)).to_have_count(5)
    page.evaluate(WATCH)

    for _ in range(2):
        with page.expect_event("requestfinished") as finished:
            page.clock.fast_forward("05:00")
        await_timer(page)

    request = finished.value
    assert "if-none-match" in request.all_headers()
    assert request.sizes()["responseBodySize"] == 0
    assert page.evaluate("changes") == 0


def test_times_are_brought_up_to_date_each_minute(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    site.publish(title="Bridge")
    base, page = site.config.base_url, visit().page
    open_with_clock(page, elsewhere.write(base, widget(f"{base}/")))
    expect(page.locator("time").first).to_have_text("1 minute ago")
    page.clock.fast_forward("02:00")
    expect(page.locator("time").first).to_have_text("2 minutes ago")


@pytest.mark.parametrize(("refresh", "seconds"), [("600", 600), ("5", 60), ("often", 300)])
def test_how_often_it_asks_may_be_chosen_down_to_a_minute(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], refresh: str, seconds: int
) -> None:
    elsewhere.replies["/feed.json"] = Reply(feed("One"), headers=OPEN)
    page = visit().page
    open_with_clock(page, elsewhere.write(site.config.base_url, widget("/feed.json", refresh=refresh)))
    expect(links(page)).to_have_count(1)
    elsewhere.replies["/feed.json"] = Reply(feed("Two"), headers=OPEN)

    # The clock goes on by itself, too.
    page.clock.run_for((seconds - 10) * 1000)
    await_timer(page)
    assert asked(elsewhere) == 1
    page.clock.run_for(12_000)

    expect(links(page)).to_have_text(["Two"])
    assert asked(elsewhere) == 2


def test_nothing_is_asked_for_while_nobody_looks_and_what_is_overdue_at_once(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    elsewhere.replies["/feed.json"] = Reply(feed("One"), headers=OPEN)
    page = visit().page
    open_with_clock(page, elsewhere.write(site.config.base_url, widget("/feed.json")))
    expect(links(page)).to_have_count(1)
    page.evaluate(SHOW, "hidden")
    elsewhere.replies["/feed.json"] = Reply(feed("Two"), headers=OPEN)

    page.clock.run_for("30:00")
    assert asked(elsewhere) == 1
    page.evaluate(SHOW, "visible")

    expect(links(page)).to_have_text(["Two"])
    page.evaluate(SHOW, "visible")
    assert asked(elsewhere) == 2


def test_it_asks_first_when_it_comes_near_the_view_and_no_more_when_it_has_left_it(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    elsewhere.replies["/feed.json"] = Reply(feed("One"), headers=OPEN)
    page = visit().page
    address = elsewhere.write(site.config.base_url, "<p style='height: 5000px'></p>", widget("/feed.json", count="1"))
    open_with_clock(page, address)
    page.evaluate("customElements.whenDefined('feedsvc-headlines').then(() => true)")
    page.clock.run_for("10:00")
    assert asked(elsewhere) == 0

    page.evaluate("scrollTo(0, 5000)")
    expect(links(page)).to_have_text(["One"])
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("feedsvc-headlines")).not_to_be_in_viewport()
    page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
    page.clock.run_for("10:00")

    assert asked(elsewhere) == 1


def test_an_answer_for_what_is_no_longer_wanted_is_dropped(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    held = Reply(feed("Late"), headers=OPEN, held=Event())
    elsewhere.replies |= {"/feed.json": held, "/other.json": Reply(feed("Other"), headers=OPEN)}
    reader = visit()
    reader.page.add_init_script(NOTE_READ)
    removed = widget("/feed.json").replace(" src", ' id="removed" src')
    reader.page.goto(elsewhere.write(site.config.base_url, widget("/feed.json"), removed))
    eventually(lambda: asked(elsewhere))
    reader.page.evaluate("removed.remove()")
    reader.page.evaluate("document.querySelector('feedsvc-headlines').setAttribute('src', '/other.json')")
    expect(links(reader.page)).to_have_text(["Other"])

    held.held.set()
    reader.page.wait_for_function("read === 3")  # the other feed, and late for each of the two

    expect(links(reader.page)).to_have_text(["Other"])
    assert [line for line in reader.complaints if line.startswith("error")] == []
