"""The embed on somebody else's page, in a real browser: what it shows and does, and what it leaves alone."""

from collections.abc import Callable

from conftest import Site
from elsewhere import Elsewhere, links, widget
from playwright.sync_api import expect
from visits import Visit

pytest_plugins = ("chromium",)


def test_a_strict_policy_needs_two_sources_and_nothing_else_is_asked_for(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base = news.config.base_url
    policy = f"default-src 'none'; script-src {base}; connect-src {base}; require-trusted-types-for 'script'"
    address = elsewhere.write(base, widget(f"{base}/tags/karabakh"), Content_Security_Policy=policy)
    reader = visit()

    with reader.page.expect_request("**/headlines/**") as asked:
        reader.page.goto(address, wait_until="networkidle")

    expect(links(reader.page)).to_have_text([f"Headline {number}" for number in (1, 3, 5, 7)])
    expect(links(reader.page).first).to_have_attribute("href", f"{base}/articles/headline-1")
    region = reader.page.get_by_role("region", name="Karabakh — News Line")
    expect(region.get_by_role("list").get_by_role("listitem")).to_have_count(4)
    expect(region.get_by_role("heading", level=2).get_by_role("link")).to_have_attribute(
        "href", f"{base}/tags/karabakh"
    )
    expect(reader.page.get_by_role("link", name="Inside")).to_have_count(0)
    assert reader.page.evaluate("[violations, shifts]") == [[], []]
    assert reader.complaints == []
    own = [line for line in reader.requests if line.startswith(f"GET {base}/")]
    assert own == [f"GET {base}{path}" for path in ("/embed.js", "/headlines/tags/karabakh.json")]
    assert {"referer", "cookie"}.isdisjoint(asked.value.all_headers())
    assert reader.page.context.cookies() == []
    assert reader.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_the_script_leaves_nothing_in_the_page_and_may_be_there_twice(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base = news.config.base_url
    again = f'<script type="module" src="{base}/embed.js?again"></script>'
    globals_before = "<script>window.before = new Set(Object.getOwnPropertyNames(window))</script>"
    reader = visit()

    reader.page.goto(elsewhere.write(base, globals_before, widget(f"{base}/"), again), wait_until="networkidle")

    expect(links(reader.page)).to_have_count(5)
    assert f"GET {base}/embed.js?again" in reader.requests
    assert reader.page.evaluate("Object.getOwnPropertyNames(window).filter((name) => !before.has(name))") == ["before"]
    assert reader.complaints == []


def test_several_on_a_page_are_each_what_they_say(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base = news.config.base_url
    sources = ["/", "/tags/karabakh/?utm_source=us#top", "/feeds/tags/karabakh.json", "/tags/none"]
    page = visit(viewport={"width": 800, "height": 3000}).page

    page.goto(elsewhere.write(base, *(widget(base + source) for source in sources)))

    shown = page.locator("feedsvc-headlines")
    line, tag = ([f"Headline {number}" for number in numbers] for numbers in ((0, 1, 2, 3, 4), (1, 3, 5, 7)))
    for place, expected in enumerate((line, tag, tag, [])):
        expect(links(shown.nth(place))).to_have_text(expected)
    expect(page.get_by_role("link", name="Inside")).to_have_count(1)


def test_count_is_clamped_and_nonsense_is_five(news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]) -> None:
    base = news.config.base_url
    counts = {"3": 3, "0": 1, "-2": 1, "99": 20, "many": 5, "": 5, "2.9": 2}
    page = visit(viewport={"width": 800, "height": 6000}).page

    page.goto(elsewhere.write(base, *(widget(f"{base}/", count=count) for count in counts)))

    for place, (count, rows) in enumerate(counts.items()):
        shown = page.locator("feedsvc-headlines").nth(place)
        expect(links(shown), count).to_have_count(min(rows, 8))
        expect(shown.locator("li"), count).to_have_count(rows)


def test_attributes_may_change_and_the_element_may_move(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    base = news.config.base_url
    page = visit().page
    page.goto(elsewhere.write(base, widget(f"{base}/"), '<main id="below"></main>'))
    expect(links(page)).to_have_count(5)
    element = page.locator("feedsvc-headlines").element_handle()

    element.evaluate("(element) => element.setAttribute('count', 2)")
    expect(links(page)).to_have_text(["Headline 0", "Headline 1"])
    element.evaluate(f"(element) => element.setAttribute('src', '{base}/tags/karabakh')")
    expect(links(page)).to_have_text(["Headline 1", "Headline 3"])
    element.evaluate("(element) => below.append(element)")
    expect(links(page.locator("main"))).to_have_text(["Headline 1", "Headline 3"])
    element.evaluate("(element) => element.remove()")
    expect(links(page)).to_have_count(0)
    element.evaluate(f"(element) => {{ element.setAttribute('src', '{base}/'); document.body.append(element); }}")
    expect(links(page)).to_have_text(["Headline 0", "Headline 1"])
    element.evaluate("(element) => element.removeAttribute('src')")
    expect(page.get_by_role("link", name="Inside")).to_be_visible()


def test_times_are_told_in_the_language_of_the_page(
    site: Site, elsewhere: Elsewhere, visit: Callable[..., Visit]
) -> None:
    site.publish(title="Bridge", date_published="2023-05-20T08:00:00.25Z", language="az")
    base = site.config.base_url
    languages = {
        'lang="de"': "vor 3 Jahren",
        'lang="ar"': "قبل 3 سنوات",
        'lang="en_US"': "il y a 3 ans",  # no language: the browser's
        'lang="x-klingon"': "il y a 3 ans",
        'lang=""': "il y a 3 ans",
        "": "il y a 3 ans",
    }
    reader = visit(locale="fr-FR", timezone_id="Asia/Baku")
    reader.page.clock.install(time="2026-11-26T12:00:00Z")

    for root, words in languages.items():
        reader.page.goto(elsewhere.write(base, widget(f"{base}/"), root=root))
        expect(reader.page.locator("time").first, root).to_have_text(words)

    time = reader.page.locator("time").first
    expect(time).to_have_attribute("datetime", "2023-05-20T08:00:00.250Z")
    expect(time).to_have_attribute("title", "20 mai 2023 à 12:00")
    expect(links(reader.page).locator("span")).to_have_attribute("lang", "az")
    assert reader.complaints == []
