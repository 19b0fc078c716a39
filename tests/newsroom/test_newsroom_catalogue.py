"""What is published now, as feeds and pages ask for it."""

from datetime import UTC, datetime, timedelta

import pytest
from ledger import accept, exported, fresh_newsroom, head, publish, reading
from lxml import etree

from feedsvc.catalogue import Catalogue
from feedsvc.demo import publish_demo
from feedsvc.errors import NotFound
from feedsvc.feed import Feed
from feedsvc.feeds import Feeds
from feedsvc.pages.templates import templates_folder
from feedsvc.selection import Selection
from feedsvc.store.schema import ReadsRow
from feedsvc.urls import Urls

NOW = datetime(2024, 5, 12, 12, tzinfo=UTC)


def feed_of(newsroom, tag: str | None = None) -> Feed:
    catalogue = Catalogue(newsroom._config)
    with reading(newsroom) as connection:
        channel = catalogue.channel(connection, Selection(tag))
        return Feeds(catalogue, newsroom._config).current(connection, channel, NOW)


def numbers(newsroom, tag: str | None = None) -> list[str]:
    return [entry.guid for entry in feed_of(newsroom, tag).entries]


def fill(newsroom, count: int, every: timedelta, body: str = "x") -> None:
    accept(
        newsroom,
        *(
            {
                "id": str(n),
                "title": f"Number {n}",
                "date_published": (NOW - n * every).isoformat(),
                "content_text": body,
            }
            for n in reversed(range(count))
        ),
    )


def test_a_feed_is_newest_first_and_of_its_tag(engine):
    with fresh_newsroom(engine, logo="https://n.example/logo.png", copyright="© N", title="N", max_age=60) as newsroom:
        publish(newsroom, id="old", tags=["A"], date_published="2020-01-01")
        publish(newsroom, id="new", tags=["#B", "A"], date_published="2022-01-01")
        publish(newsroom, id="mid", date_published="2021-01-01")
        assert numbers(newsroom) == ["new", "mid", "old"]
        assert numbers(newsroom, "a") == ["new", "old"]
        feed = feed_of(newsroom, "b")
        assert (feed.title, feed.ttl, feed.copyright) == ("B — N", 60, "© N")
        assert feed.home == "http://127.0.0.1:8000/tags/b"
        assert feed.addresses["atom"] == "http://127.0.0.1:8000/feeds/tags/b.atom"
        assert feed.uri.endswith(":channel/3")
        assert feed_of(newsroom).title == "N"


def test_the_same_moment_is_ordered_by_acceptance(newsroom):
    accept(newsroom, *({"id": guid, "date_published": "2024-01-01"} for guid in "abc"))
    assert numbers(newsroom) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("items", "hours", "expected"),
    [(10, 0, 10), (10, 24, 25), (10, 48, 49), (30, 24, 30), (100, 1000, 60), (10, 1000, 60)],
)
def test_a_feed_holds_at_least_its_items_and_its_hours(engine, items, hours, expected):
    with fresh_newsroom(engine, feed_items=items, feed_hours=hours) as newsroom:
        fill(newsroom, 60, timedelta(hours=1))
        found = numbers(newsroom)
        assert found == [str(n) for n in range(len(found))]
        assert len(found) >= expected


def test_a_feed_reads_on_only_as_long_as_there_is_room(engine):
    with fresh_newsroom(engine, feed_items=10, feed_bytes=10_000, feed_hours=1000) as newsroom:
        fill(newsroom, 60, timedelta(hours=1), "x" * 400)
        assert 10 <= len(numbers(newsroom)) < 60


def test_headlines_are_paged_without_loss_or_repetition(newsroom):
    accept(newsroom, *({"id": str(n), "title": f"Number {n}", "date_published": "2024-01-01"} for n in range(5)))
    catalogue = Catalogue(newsroom._config)
    with reading(newsroom) as connection:
        channel = catalogue.channel(connection, Selection())
        first = catalogue.headlines(connection, channel, 2)
        second = catalogue.headlines(connection, channel, 10, before=first[-1].number)
        assert [entry.guid for entry in first + second] == ["4", "3", "2", "1", "0"]
        assert first[0].body == ""
        assert catalogue.headlines(connection, channel, 10, before=second[-1].number) == []
        with pytest.raises(NotFound, match="no such page"):
            catalogue.headlines(connection, channel, 10, before=99)


def test_reads_are_told_with_when_they_were_counted(newsroom):
    publish(newsroom, id="a")
    catalogue = Catalogue(newsroom._config)
    with newsroom._database.write() as connection:
        connection.execute(ReadsRow.__table__.insert().values(article_id=1, total=7, counted_at=NOW))
    with reading(newsroom) as connection:
        assert catalogue.reads(connection, 1) == (7, NOW)
        assert catalogue.reads(connection, 2) == (0, None)


def test_tags_are_listed_with_their_counts(newsroom):
    publish(newsroom, id="a", tags=["Şuşa", "Ağdam"])
    publish(newsroom, id="b", tags=["şuşa"])
    with reading(newsroom) as connection:
        listed = Catalogue(newsroom._config).tags(connection)
    assert [(tag.label, count) for tag, count in listed] == [("Ağdam", 1), ("Şuşa", 2)]


def test_every_address_is_ascii_below_the_base():
    urls = Urls("https://n.example/sub")
    selection = Selection("a/b ğ?")
    assert urls.home() == "https://n.example/sub/"
    assert urls.page(Selection()) == "https://n.example/sub/"
    assert urls.page(Selection(), before=7) == "https://n.example/sub/?before=7"
    assert urls.page(selection) == "https://n.example/sub/tags/a/b%20%C4%9F%3F"
    assert urls.feed(Selection(), "rss") == "https://n.example/sub/feeds/news-line.rss"
    assert urls.article("ğ/x") == "https://n.example/sub/articles/%C4%9F%2Fx"
    assert urls.reads("x") == "https://n.example/sub/articles/x/reads"
    assert urls.asset("a.css") == "https://n.example/sub/assets/a.css"
    assert urls.tags() == "https://n.example/sub/tags"


def show_demo(newsroom) -> list[dict]:
    publish_demo(newsroom._database, newsroom, newsroom._config)
    return exported(newsroom)


def test_an_empty_newsroom_is_given_a_demonstration(newsroom):
    articles = show_demo(newsroom)
    assert len(articles) == 14
    published = [article["date_published"] for article in articles]
    assert published == sorted(published)
    assert datetime.fromisoformat(published[-1]) <= datetime.now(UTC)
    assert {article["language"] for article in articles} >= {"en", "az", "ar"}
    assert any("image" in article for article in articles)
    for article in articles:
        if "image" in article:
            assert article["image"].startswith("http://127.0.0.1:8000/assets/")
            assert article["_feedsvc"]["image"]["alt"]
            drawing = etree.parse(templates_folder() / "assets" / article["image"].rsplit("/", 1)[-1]).getroot()
            size = {side: int(drawing.get(side)) for side in ("width", "height")}
            assert article["_feedsvc"]["image"].items() >= size.items()
        assert article["summary"]
        assert article["tags"]
        assert "external_url" not in article


def test_the_demonstration_is_given_once_and_never_to_a_newsroom_with_articles(engine, newsroom):
    publish(newsroom, id="a")
    newsroom.retract("a")
    assert len(show_demo(newsroom)) == 1
    with fresh_newsroom(engine) as empty:
        show_demo(empty)
        journal = head(empty)
        assert journal == 14
        show_demo(empty)
        assert head(empty) == journal
