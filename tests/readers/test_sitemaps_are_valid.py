"""Sitemaps as others judge and read them: the schema of sitemaps.org, rules from the protocols' text, and a parser.

The schemas of an index and of news come with no package, so these two are held against rules of our own
(sitemaps.rng).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from lxml import etree

pytest_plugins = ("sitemap_package",)

BASE = "https://news.example/a&b"
INDEX, NEWS, ARTICLES, TAGS = "/sitemap.xml", "/news-sitemap.xml", "/sitemaps/articles-0.xml", "/sitemaps/tags-0.xml"
RULES = etree.RelaxNG(etree.parse(Path(__file__).with_name("sitemaps.rng")))


@pytest.fixture
def published(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE, title='“Rain” & <wind>, "daily"')
    site.publish(title='"Tom" & <Jerry>', tags=["R&B", "A/B", "#Снег"], language="zh-Hant")
    site.publish(title="雪が降る", language="ja")
    old = datetime.now(UTC) - timedelta(days=3)
    site.publish(title="Old", date_published=old.isoformat())
    return site


def test_the_index_and_the_news_keep_the_rules_of_their_protocols(published: Site) -> None:
    for path in (INDEX, NEWS):
        RULES.assertValid(etree.fromstring(published.get(path).content))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (INDEX, "<loc>https:", "<loc>ftp:"),
        (INDEX, "Z</lastmod>", "</lastmod><lastmod>2024-05-12</lastmod>"),
        (INDEX, "sitemapindex", "urlset"),
        (NEWS, "<news:language>zh-tw", "<news:language>zh-Hant"),
        (NEWS, "</news:publication>", "</news:publication><news:genres>Blog</news:genres>"),
        (NEWS, "Z</news:publication_date>", "o'clock</news:publication_date>"),
    ],
)
def test_the_rules_refuse_what_breaks_them(published: Site, path: str, old: str, new: str) -> None:
    text = published.get(path).content.decode()
    assert old in text
    assert not RULES.validate(etree.fromstring(text.replace(old, new).encode()))


@pytest.mark.parametrize("path", [ARTICLES, TAGS])
def test_a_sitemap_is_valid(published: Site, sitemap_schema: etree.XMLSchema, path: str) -> None:
    document = published.get(path).content
    sitemap_schema.assertValid(etree.fromstring(document))
    assert not sitemap_schema.validate(etree.fromstring(document.replace(b"</loc>", b"</loc><priority>2</priority>")))


def test_another_program_finds_every_page_by_way_of_the_index(
    published: Site, parse_sitemap: Callable[[str, bytes], Any]
) -> None:
    parts = [entry["url"] for entry in parse_sitemap("index", published.get(INDEX).content)]
    assert parts == [f"{BASE}{ARTICLES}", f"{BASE}{TAGS}"]
    found = [
        page for part in parts for page in parse_sitemap("sitemap", published.get(part.removeprefix(BASE)).content)
    ]
    paths = [page["url"].removeprefix(BASE) for page in found]
    assert len(paths) == 3 + 4
    assert {published.get(path).status_code for path in paths} == {200}
    assert ["lastmod" in page for page in found] == [True] * 3 + [False] * 4


def test_another_program_reads_the_news(published: Site, parse_sitemap: Callable[[str, bytes], Any]) -> None:
    told = [page["news"] for page in parse_sitemap("sitemap", published.get(NEWS).content)]
    assert [(news["publication"]["language"], news["title"]) for news in told] == [
        ("ja", "雪が降る"),
        ("zh-tw", '"Tom" & <Jerry>'),
    ]
    assert {news["publication"]["name"] for news in told} == {published.config.title}
    assert all(news["publication_date"].endswith("Z") for news in told)
