"""What an article waits for before it is seen: its markup and one stylesheet. Everything else comes after."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Route, expect
from visits import Visit

pytest_plugins = ("chromium",)

_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
_BLOCKING = """
    () => performance.getEntriesByType("resource").filter((entry) => entry.renderBlockingStatus === "blocking")
        .map((entry) => new URL(entry.name).pathname)
"""


def test_one_stylesheet_alone_keeps_the_article_waiting(visit: Callable[..., Visit], article: str) -> None:
    reader = visit()
    reader.go(article)

    blocking = reader.page.evaluate(_BLOCKING)

    assert blocking == [reader.page.locator("link[rel=stylesheet]").get_attribute("href")]
    kept = reader.page.request.get(reader.base + blocking[0])
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_an_article_is_seen_before_its_scripts_and_pictures_are_there(
    visit: Callable[..., Visit], article: str
) -> None:
    reader = visit()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    reader.page.route(lambda address: not address.endswith((article, ".css")), hold)

    reader.page.goto(reader.base + article, wait_until="commit")

    reader.page.wait_for_function(_PAINTED)
    expect(reader.page.locator("h1")).to_be_visible()
    assert {route.request.resource_type for route in held} <= {"script", "image", "other"}
    for route in held:
        route.continue_()


def test_scripts_are_asked_for_last_and_the_picture_before_them(visit: Callable[..., Visit], article: str) -> None:
    reader = visit()
    asked: dict[str, str] = {}

    def note(event: dict[str, Any]) -> None:
        asked[event["request"]["url"]] = event["request"]["initialPriority"]

    wire = reader.page.context.new_cdp_session(reader.page)
    wire.on("Network.requestWillBeSent", note)
    wire.send("Network.enable")
    reader.go(article)

    selectors = {"style": "link[rel=stylesheet]", "script": "script[src]", "picture": "article img"}
    found = {kind: {asked[address] for address in _addresses(reader, what)} for kind, what in selectors.items()}
    assert found == {"style": {"VeryHigh"}, "script": {"Low"}, "picture": {"High"}}
    # Others than Chromium rank a deferred script as highly as a picture unless they are told.
    assert reader.page.locator("script[src]:not([fetchpriority=low])").count() == 0


def test_a_reading_is_counted_when_the_article_has_been_seen(visit: Callable[..., Visit], article: str) -> None:
    reader = visit()
    reader.page.route("**/*.css", lambda route: route.fulfill(content_type="text/css", body="body { display: none }"))
    reader.go(article)
    assert reader.posts() == []

    with reader.page.expect_request("**/reads"):
        reader.page.evaluate("document.body.style.display = 'block'")

    expect(reader.page.locator("[data-reads]")).to_have_text("Read: 1")


def _addresses(reader: Visit, selector: str) -> list[str]:
    found: list[str] = reader.page.locator(selector).evaluate_all("(all) => all.map((it) => it.href || it.src)")
    assert found
    return found


def test_what_it_costs_on_a_slow_phone_can_be_measured(chromium: str) -> None:
    command, root = [sys.executable, "bench", "--quick", "pages"], Path(__file__).parents[2]
    environment = os.environ | {"FEEDSVC_TEST_CHROMIUM": chromium}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    measured = [line.split("|")[1].strip() for line in run.stdout.splitlines() if line.startswith("|")]
    assert {"without a picture", "with a picture"} <= set(measured)
