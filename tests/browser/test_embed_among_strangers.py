"""The embed on pages that do what pages should not: what they do to themselves is not done to it."""

from collections.abc import Callable

import pytest
from conftest import Site
from elsewhere import Elsewhere, links, widget
from playwright.sync_api import expect
from visits import Visit

pytest_plugins = ("chromium",)


@pytest.mark.parametrize("named", ['<form name="host"></form>', '<iframe name="host"></iframe>', '<img name="lang">'])
def test_what_a_page_calls_its_forms_and_frames_does_not_matter(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], named: str
) -> None:
    reader = visit()

    reader.page.goto(elsewhere.write(news.config.base_url, named, widget(f"{news.config.base_url}/"), root=""))

    expect(links(reader.page)).to_have_count(5)
    expect(reader.page.locator("time").first).to_contain_text("ago")
    assert [line for line in reader.complaints if line.startswith("error")] == []


@pytest.mark.parametrize("style", ["white-space: pre", "white-space: nowrap", "text-indent: -100em"])
def test_text_stays_within_the_element(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], style: str
) -> None:
    news.publish(title="A headline of so many words that no column of a newspaper would take it in a single line")
    base = news.config.base_url
    around = f"<style>div {{ {style}; inline-size: 250px }}</style><div>", "</div>"
    page = visit().page

    page.goto(elsewhere.write(base, around[0], widget(f"{base}/", count="1"), around[1]))

    expect(links(page)).to_contain_text("A headline of so many words")
    title = links(page).locator("span")
    assert title.evaluate("(it) => it.scrollWidth <= it.clientWidth && it.scrollLeft >= 0")
    assert (
        title.evaluate(
            "(it) => Math.round(it.getBoundingClientRect().height / parseFloat(getComputedStyle(it).lineHeight))"
        )
        == 2
    )


def test_without_a_source_nobody_is_asked(news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]) -> None:
    element = '<feedsvc-headlines{}><a href="/">Inside</a></feedsvc-headlines>'
    reader = visit()

    address = elsewhere.write(news.config.base_url, element.format(""), element.format(' src=""'))
    reader.page.goto(address, wait_until="networkidle")

    for place in range(2):
        expect(reader.page.get_by_role("link", name="Inside").nth(place)).to_be_visible()
    assert [path for path in elsewhere.asked if "headlines" in path] == []


def test_moved_into_another_document_it_looks_the_same(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base = news.config.base_url
    page = visit().page
    page.goto(elsewhere.write(base, widget(f"{base}/", theme="dark"), '<iframe srcdoc="<p>Here</p>"></iframe>'))
    expect(links(page)).to_have_count(5)
    inside = page.frame_locator("iframe")
    expect(inside.get_by_text("Here")).to_be_visible()

    page.evaluate(
        "document.querySelector('iframe').contentDocument.body.append(document.querySelector('feedsvc-headlines'))"
    )

    expect(inside.get_by_role("link", name="Headline 0")).to_be_visible()
    expect(inside.get_by_role("link", name="Inside")).to_be_hidden()
    assert inside.locator("section").evaluate("(it) => getComputedStyle(it).backgroundColor") == "rgb(22, 21, 18)"
