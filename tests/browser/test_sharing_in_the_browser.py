"""Passing an article on, in a real browser: the button that copies its address, where the browser can."""

from collections.abc import Callable

from playwright.sync_api import Route, expect
from visits import Visit

pytest_plugins = ("chromium",)


def test_the_link_is_copied_and_that_is_said(visit: Callable[..., Visit]) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.go("/articles/bridge?utm_source=elsewhere")

    button = reader.page.locator(".share button")
    expect(button).to_have_text("Copy link")

    button.click()

    expect(button).to_have_text("Copied")
    assert reader.page.evaluate("navigator.clipboard.readText()") == f"{reader.base}/articles/bridge"
    assert reader.elsewhere() == []


def test_the_button_speaks_the_language_of_the_article(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.go("/articles/jisr")

    expect(reader.page.get_by_role("button", name="انسخ الرابط")).to_be_visible()


def test_who_may_not_copy_is_not_told_that_it_was_copied(visit: Callable[..., Visit]) -> None:
    reader = visit()
    forbid = {"permissions-policy": "clipboard-write=()"}

    def answer(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, headers=answered.headers | forbid)

    reader.page.route("**/articles/bridge", answer)
    reader.go("/articles/bridge")

    reader.page.get_by_role("button", name="Copy link").click()

    # Asked later, it is refused later: by then the button has heard its own refusal.
    refused = reader.page.evaluate("navigator.clipboard.writeText('').catch((refusal) => refusal.name)")
    assert refused == "NotAllowedError"
    assert reader.page.locator(".share button").text_content() == "Copy link"
    assert [complaint for complaint in reader.complaints if complaint.startswith("error")] == []


def test_without_a_clipboard_there_is_no_button(visit: Callable[..., Visit]) -> None:
    reader = visit()
    # As in a page that came over a connection that is not safe.
    reader.page.add_init_script("delete Navigator.prototype.clipboard")
    reader.go("/articles/bridge")

    expect(reader.page.get_by_role("link", name="Telegram")).to_be_visible()
    expect(reader.page.locator(".share button")).to_be_hidden()
    assert reader.page.get_by_role("button").count() == 0


def test_without_scripts_the_links_are_there_and_no_place_is_kept_for_the_button(visit: Callable[..., Visit]) -> None:
    reader = visit(java_script_enabled=False)
    reader.go("/articles/bridge")

    expect(reader.page.get_by_role("link", name="E-mail")).to_be_visible()
    assert reader.page.locator(".share button").bounding_box() is None
