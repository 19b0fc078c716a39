"""The page on which a partner puts an embed together, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import expect
from visits import Visit

pytest_plugins = ("chromium",)


def test_what_is_chosen_is_shown_and_can_be_copied_at_once(visit: Callable[..., Visit]) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.go("/embed")
    page = reader.page
    script = page.locator("#script")

    page.get_by_label("Subject").fill("Karabakh")
    page.get_by_label("Headlines").fill("3")
    page.get_by_label("Colours").select_option("dark")

    expect(script).to_contain_text(f'src="{reader.base}/tags/karabakh" count="3" theme="dark"')
    expect(page).to_have_url(f"{reader.base}/embed?count=3&theme=dark&tag=karabakh")
    expect(page.locator(".shown feedsvc-headlines")).to_have_attribute("theme", "dark")
    expect(page.frame_locator(".shown iframe").locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == script.inner_text()
    assert [line for line in reader.complaints if "favicon" not in line] == []


def test_a_subject_that_there_is_not_is_told_beside_the_field(visit: Callable[..., Visit]) -> None:
    reader = visit()
    reader.go("/embed")
    subject = reader.page.get_by_label("Subject")

    subject.fill("Nobody wrote of this")
    reader.page.get_by_role("button", name="Show").click()

    expect(subject).to_have_js_property("validationMessage", "There is no such page")
    expect(reader.page.locator("#script")).to_contain_text(f'src="{reader.base}/"')
    subject.fill("Karabakh")
    subject.press("Enter")
    expect(reader.page.locator("#script")).to_contain_text("/tags/karabakh")


def test_without_javascript_the_button_shows_what_is_chosen(visit: Callable[..., Visit]) -> None:
    reader = visit(java_script_enabled=False)
    reader.go("/embed")

    reader.page.get_by_label("Subject").fill("Karabakh")
    reader.page.get_by_label("Language").select_option("ar")
    reader.page.get_by_role("button", name="Show").click()

    expect(reader.page).to_have_url(f"{reader.base}/embed?lang=ar&tag=karabakh")
    expect(reader.page.locator("#script")).to_contain_text('lang="ar"')
    expect(reader.page.get_by_role("button", name="Copy")).to_have_count(0)


def test_an_address_to_subscribe_to_can_be_copied(visit: Callable[..., Visit]) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    reader.go("/subscribe/tags/karabakh")

    reader.page.get_by_role("button", name="Copy").nth(1).click()

    expect(reader.page.get_by_role("button", name="Copied")).to_be_visible()
    assert reader.page.evaluate("navigator.clipboard.readText()") == f"{reader.base}/feeds/tags/karabakh.atom"
