"""The tiny script that counts readings, in a real browser: once for each visit, and never in the way."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect
from visits import PAGES, Visit, open_page

pytest_plugins = ("chromium",)


def read(reader: Visit, path: str, count: int) -> Locator:
    """Open an article, and wait until it shows so many readings; returns where it does."""
    reader.go(path)
    shown = reader.page.locator("[data-reads]")
    expect(shown).to_have_attribute("value", str(count))
    return shown


def test_a_visit_is_posted_once_and_the_new_count_shown_in_place(visit: Callable[..., Visit], article: str) -> None:
    read(visit(), article, 1)
    second = visit()

    read(second, article, 2)

    expect(second.page.locator("[data-reads]")).to_have_text("Read: 2")
    assert second.posts() == [f"{second.base}{article}/reads"]
    assert second.complaints == []


def test_a_reload_is_no_other_visit_and_shows_no_older_count(visit: Callable[..., Visit], article: str) -> None:
    reader = visit()
    reader.go(article)
    expect(reader.page.locator("[data-reads]")).to_have_text("Read: 1")

    for _ in range(2):
        reader.page.reload(wait_until="networkidle")
        expect(reader.page.locator("[data-reads]")).to_have_text("Read: 1")
    reader.go("/")
    reader.go(article)

    expect(reader.page.locator("[data-reads]")).to_have_text("Read: 1")
    assert len(reader.posts()) == 1


def test_another_tab_and_another_article_are_visits_of_their_own(
    visit: Callable[..., Visit], article: str, arabic_article: str
) -> None:
    reader = visit()
    read(reader, article, 1)
    read(reader, arabic_article, 1)
    tab = open_page(reader.page.context, reader.base)

    read(tab, article, 2)

    assert reader.posts() == [f"{reader.base}{path}/reads" for path in (article, arabic_article)]
    assert tab.posts() == [f"{reader.base}{article}/reads"]
    expect(tab.page.locator("[data-reads]")).to_have_text("Read: 2")


def test_the_count_is_written_in_the_digits_of_the_page(visit: Callable[..., Visit], arabic_article: str) -> None:
    for count in (1, 2, 3):
        shown = read(visit(), arabic_article, count)
        digits = [character for character in shown.text_content() or "" if character.isdigit()]
        assert [int(digit) for digit in digits] == [count]


def test_no_page_but_an_article_s_counts_anything(visit: Callable[..., Visit]) -> None:
    reader = visit()
    for name, path in PAGES.items():
        if "article" not in name:
            reader.go(path)
    assert reader.posts() == []


def test_without_javascript_the_page_is_all_there(visit: Callable[..., Visit], article: str) -> None:
    reader = visit(java_script_enabled=False)

    assert reader.go(article).status == 200

    expect(reader.page.locator("h1")).to_have_text("Bridge opens over the river")
    expect(reader.page.locator("[data-reads]")).to_have_text("Read: 0")
    expect(reader.page.locator("article img")).to_have_js_property("complete", True)
    assert reader.posts() == []
    assert reader.complaints == []
    reader.page.get_by_role("link", name="Karabakh", exact=False).first.click()
    expect(reader.page).to_have_url(f"{reader.base}/tags/karabakh")


def test_a_count_that_cannot_be_posted_leaves_the_page_as_it_is(visit: Callable[..., Visit], article: str) -> None:
    reader = visit()
    reader.page.route("**/reads", lambda route: route.abort())

    reader.go(article)

    expect(reader.page.locator("[data-reads]")).to_have_text("Read: 0")
    assert [complaint for complaint in reader.complaints if complaint.startswith("error")] == []
