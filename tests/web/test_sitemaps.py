"""Sitemaps: every published address in parts that stay as they are, the news of two days, and their index."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from conftest import Site, eventually
from lxml import etree
from web_tools import BASE, age, identity, last_modified, raw, refresh, sql

from feedsvc.item import read_item

SITEMAPS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}
INDEX, NEWS = "/sitemap.xml", "/news-sitemap.xml"
FIRST, SECOND, TAGS = "/sitemaps/articles-0.xml", "/sitemaps/articles-1.xml", "/sitemaps/tags-0.xml"
DOCUMENTS = [INDEX, FIRST, TAGS, NEWS]
COLUMNS = (
    "status, language, title, summary, body, source, authors, media, published_at, updated_at, modified_at, "
    "reason, digest, tags"
)


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE)
    site.publish(id="a", title="Rain & wind", tags=["Weather"], date_published="2024-05-12T09:30:00.5+02:00")
    site.publish(id="b", title="Снег", tags=["#Zima"])
    return site


def use_up_numbers(site: Site, last: int) -> None:
    """Have the next article be number `last + 1`."""
    sql(
        site,
        f"INSERT INTO article (id, guid, slug, retracted_at, {COLUMNS}) "
        f"SELECT :last, 'urn:last:{last}', 'last-{last}', published_at, {COLUMNS} FROM article WHERE id = 1",
        last=last,
    )


def located(site: Site, path: str) -> dict[str, str | None]:
    """The addresses of a sitemap or of the index, each with its `lastmod`."""
    root = etree.fromstring(identity(site, path))
    return {each.findtext("s:loc", None, SITEMAPS): each.findtext("s:lastmod", None, SITEMAPS) for each in root}


def news(site: Site) -> list[tuple[str | None, ...]]:
    """Address, publication, language and title of each article of the news sitemap."""
    root = etree.fromstring(identity(site, NEWS))
    fields = ("s:loc", ".//n:publication/n:name", ".//n:publication/n:language", "n:news/n:title")
    return [tuple(each.findtext(field, None, SITEMAPS) for field in fields) for each in root]


def seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_a_part_has_every_published_article_with_its_date_and_nothing_else(published: Site) -> None:
    published.publish(id="c", title="Withdrawn")
    published.retract("c")
    assert located(published, FIRST) == {
        f"{BASE}/articles/rain-and-wind": "2024-05-12T07:30:00Z",
        f"{BASE}/articles/%D1%81%D0%BD%D0%B5%D0%B3": seconds(last_modified(published.get("/feeds/tags/zima.rss"))),
    }
    published.publish(id="a", title="Rain", date_modified="2024-06-01T00:00:00Z")
    assert located(published, FIRST)[f"{BASE}/articles/rain-and-wind"] == "2024-06-01T00:00:00Z"
    assert identity(published, FIRST).endswith(b"</url>\n</urlset>\n")


def test_tags_and_the_home_page_have_a_part_without_dates(published: Site) -> None:
    published.publish(id="c", tags=["Nobody's"])
    published.retract("c")
    pages = [f"{BASE}/", f"{BASE}/tags/weather", f"{BASE}/tags/zima"]
    assert located(published, TAGS) == dict.fromkeys(pages)
    assert [published.get(address.removeprefix(BASE)).status_code for address in pages] == [200] * 3


def test_an_empty_archive_has_a_home_page_and_no_news(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    assert located(site, INDEX) == {f"{BASE}{TAGS}": None}
    assert located(site, TAGS) == {f"{BASE}/": None}
    assert news(site) == []
    assert site.get(FIRST).status_code == 404


@pytest.mark.parametrize(
    "name", ["articles-1", "tags-1", "articles-00", "articles-01", "articles--1", "articles-999999999", "pages-0"]
)
def test_a_part_that_was_never_begun_is_not_found(published: Site, name: str) -> None:
    assert published.get(f"/sitemaps/{name}.xml").status_code == 404


def test_parts_are_ranges_of_numbers_and_the_index_lists_those_that_were_begun(published: Site) -> None:
    use_up_numbers(published, 49_998)
    for number, title in ((49_999, "Last of the first"), (50_000, "First of the second")):
        published.publish(id=str(number), title=title)
    assert f"{BASE}/articles/last-of-the-first" in located(published, FIRST)
    assert list(located(published, SECOND)) == [f"{BASE}/articles/first-of-the-second"]
    use_up_numbers(published, 150_000)
    published.publish(id="far", title="Far", tags=["Weather"])
    assert list(located(published, INDEX)) == [
        f"{BASE}/sitemaps/{name}.xml" for name in ("articles-0", "articles-1", "articles-3", "tags-0")
    ]
    assert published.get("/sitemaps/articles-2.xml").status_code == 404


def test_tags_are_in_ranges_as_well(published: Site) -> None:
    sql(published, "INSERT INTO channel (id, slug, label, articles) VALUES (149999, 'filler', 'Filler', 0)")
    published.publish(id="far", title="Far", tags=["Far away"])
    assert located(published, "/sitemaps/tags-3.xml") == {f"{BASE}/tags/far-away": None}
    assert list(located(published, INDEX))[1:] == [f"{BASE}{TAGS}", f"{BASE}/sitemaps/tags-3.xml"]
    assert published.get("/sitemaps/tags-2.xml").status_code == 404


def test_a_change_moves_the_part_it_happens_in_and_no_other(published: Site) -> None:
    age(published, 3600)
    use_up_numbers(published, 49_999)
    first, index = published.get(FIRST), located(published, INDEX)
    renders = published.service.cache.renders
    published.publish(id="new", title="New", tags=["Weather"])
    published.publish(id="new", title="Newer", tags=["Weather"])
    published.retract("new")

    again = published.get(FIRST)
    assert published.service.cache.renders == renders
    refresh(published)
    for answer in (again, published.get(FIRST)):
        assert answer.content == first.content
        for name in ("etag", "last-modified"):
            assert answer.headers[name] == first.headers[name]
    now = located(published, INDEX)
    assert now[f"{BASE}{FIRST}"] == index[f"{BASE}{FIRST}"] == seconds(last_modified(first))
    assert now[f"{BASE}{SECOND}"] == seconds(last_modified(published.get(SECOND)))
    assert last_modified(published.get(SECOND)) > last_modified(first)


def test_a_retraction_leaves_the_part_and_moves_its_date(published: Site) -> None:
    age(published, 3600)
    before, index = published.get(FIRST), located(published, INDEX)
    published.retract("a")
    after = published.get(FIRST)
    assert list(located(published, FIRST)) == [f"{BASE}/articles/%D1%81%D0%BD%D0%B5%D0%B3"]
    assert last_modified(after) > last_modified(before)
    assert located(published, INDEX)[f"{BASE}{FIRST}"] == seconds(last_modified(after)) > index[f"{BASE}{FIRST}"]
    assert f"{BASE}/tags/weather" not in located(published, TAGS)
    published.retract("b")
    assert located(published, FIRST) == {}


def test_an_article_that_arrives_withdrawn_is_in_no_sitemap_but_moves_its_part(published: Site) -> None:
    age(published, 3600)
    use_up_numbers(published, 49_999)
    before = {path: published.get(path) for path in (INDEX, FIRST, TAGS)}
    withdrawn = {"id": "w", "title": "W", "tags": ["Withdrawn"], "_feedsvc": {"status": "retracted"}}
    published.service.newsroom.accept([read_item(withdrawn)])
    published.settle()
    after = {path: published.get(path) for path in before}
    assert located(published, SECOND) == {}
    assert f"{BASE}{SECOND}" in located(published, INDEX)
    assert last_modified(after[INDEX]) > last_modified(before[INDEX])
    for path in (FIRST, TAGS):
        assert after[path].headers["etag"] == before[path].headers["etag"]
        assert after[path].headers["last-modified"] == before[path].headers["last-modified"]


def test_a_change_of_settings_moves_every_sitemap(make_site: Callable[..., Site], published: Site) -> None:
    age(published, 3600)
    before = {path: last_modified(published.get(path)) for path in DOCUMENTS}
    renamed = make_site(base_url=BASE, title="Another name")
    assert all(last_modified(renamed.get(path)) > moment for path, moment in before.items())
    assert {publication for _, publication, _, _ in news(renamed)} == {"Another name"}


def test_news_is_what_was_published_in_two_days_newest_first(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE, title="The <Line>", language="az-Latn")
    ages = {"New": 1, "Yesterday's": 30, "Of two days ago": 47.9, "Old": 48.1}
    dates = {title: datetime.now(UTC) - timedelta(hours=hours) for title, hours in ages.items()}
    for title, date in dates.items():
        site.publish(title=title, language="en-GB" if title == "New" else "", date_published=date.isoformat())
    assert news(site) == [
        (f"{BASE}/articles/new", "The <Line>", "en", "New"),
        (f"{BASE}/articles/yesterdays", "The <Line>", "az", "Yesterday's"),
        (f"{BASE}/articles/of-two-days-ago", "The <Line>", "az", "Of two days ago"),
    ]
    told = etree.fromstring(identity(site, NEWS)).findall(".//n:publication_date", SITEMAPS)
    assert [date.text for date in told] == [seconds(date) for date in list(dates.values())[:3]]


@pytest.mark.parametrize(
    ("language", "spelled"),
    [
        *(("tr", "tr"), ("azb-Arab", "azb"), ("abcd-Latn", "und")),
        *(("zh", "zh-cn"), ("zh-Hans-SG", "zh-cn"), ("zh-Hant", "zh-tw"), ("zh-HK", "zh-tw")),
    ],
)
def test_news_names_languages_as_google_does(site: Site, language: str, spelled: str) -> None:
    site.publish(title="News", language=language)
    assert [found for _, _, found, _ in news(site)] == [spelled]


def test_news_has_a_thousand_articles_at_most(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    begun = datetime.now(UTC) - timedelta(hours=1)
    items = [
        read_item({"id": str(n), "title": f"No. {n}", "date_published": (begun + timedelta(seconds=n)).isoformat()})
        for n in range(1_001)
    ]
    site.service.newsroom.accept(items)
    site.settle()
    titles = [title for _, _, _, title in news(site)]
    assert (len(titles), titles[0], titles[-1]) == (1_000, "No. 1000", "No. 1")


def test_what_is_news_no_more_leaves_as_time_passes_and_moves_the_validators(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    leaving = datetime.now(UTC) - timedelta(days=2) + timedelta(seconds=6)
    for title, published in (("Old", leaving - timedelta(hours=5)), ("Leaving", leaving)):
        site.publish(title=title, date_published=published.isoformat())
    age(site, 3600)
    before = site.get(NEWS)
    assert [title for _, _, _, title in news(site)] == ["Leaving"]
    eventually(lambda: news(site) == [])
    after = site.get(NEWS)
    left_at = (leaving + timedelta(days=2)).replace(microsecond=0)
    assert last_modified(before) < last_modified(after) == left_at
    assert after.headers["etag"] != before.headers["etag"]
    assert site.get(NEWS, if_modified_since=before.headers["last-modified"]).status_code == 200
    # Two may have left in that second, of which a date tells nothing.
    assert site.get(NEWS, if_modified_since=after.headers["last-modified"]).status_code == 200
    assert site.get(NEWS, if_none_match=after.headers["etag"]).status_code == 304


def test_what_was_never_news_moves_nothing(published: Site) -> None:
    assert [title for _, _, _, title in news(published)] == ["Снег"]
    assert last_modified(published.get(NEWS)) == last_modified(published.get("/feeds/news-line.rss"))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_sitemap_is_a_document_like_every_other(published: Site, path: str) -> None:
    age(published, 7200)
    published.publish(id="c", title="Sun")
    age(published, 3600)
    first = raw(published, path, Accept_Encoding="gzip")
    renders = published.service.cache.renders
    again, head = raw(published, path, Accept_Encoding="gzip"), raw(published, path, "HEAD", Accept_Encoding="gzip")
    assert (first.status, first.headers["content-type"]) == (200, "application/xml; charset=utf-8")
    assert first.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400"
    assert (again.body, again.fields[-9:]) == (first.body, first.fields[-9:])
    assert (head.body, head.headers["content-length"]) == (b"", str(len(first.body)))
    for held in ({"If_None_Match": first.headers["etag"]}, {"If_Modified_Since": first.headers["last-modified"]}):
        assert raw(published, path, Accept_Encoding="gzip", **held).status == 304
    assert published.service.cache.renders == renders
    assert published.get(f"{path}?utm_source=x").content == published.get(path).content
    for other in (f"{path}/", path.replace("sitemaps", "Sitemaps") if path.count("/") > 1 else path.upper()):
        assert raw(published, other).headers["location"] == f"{BASE}{path}"


def test_a_sitemap_is_purged_by_what_it_is_made_of(published: Site) -> None:
    use_up_numbers(published, 49_999)
    published.publish(id="new", title="New")
    keys = {path: published.get(path).headers["surrogate-key"].split() for path in (*DOCUMENTS, SECOND)}
    assert keys == {
        INDEX: ["articles-1", "articles-2", "channel-0", "site"],
        FIRST: ["articles-0", "site"],
        SECOND: ["articles-1", "site"],
        TAGS: ["channel-0", "site"],
        NEWS: ["channel-0", "site"],
    }


def test_what_is_too_large_for_a_sitemap_is_left_out_and_logged(
    make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(base_url=f"{BASE}/{'x' * 1_000_000}")
    site.service.newsroom.accept([read_item({"id": str(n), "title": f"No. {n}"}) for n in range(55)])
    site.settle()
    body = identity(site, FIRST)
    assert 51_000_000 < len(body) <= 52_428_800
    root = etree.fromstring(body, etree.XMLParser(huge_tree=True))
    kept = [each.findtext("s:loc", "", SITEMAPS).rpartition("/")[2] for each in root]
    assert kept == [f"no-{n}" for n in range(len(kept))]
    assert f"goes out without {55 - len(kept)} addresses: it would be too large with them" in caplog.text
