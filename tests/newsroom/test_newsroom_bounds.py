"""What is too long, too late or too early: refused with the field and the reason, or taken in without harm."""

from datetime import UTC, datetime, timedelta

import pytest
from ledger import accept, entry_of, head, on_file, publish, reading

from feedsvc import freshness
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.errors import Rejected
from feedsvc.feeds import Feeds
from feedsvc.selection import Selection
from feedsvc.store.schema import NEWS_LINE

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing


@pytest.mark.parametrize(
    ("field", "where", "limit"),
    [
        ("id", "/id", 2_000),
        ("title", "/title", 1_000),
        ("summary", "/summary", 20_000),
        ("content_text", "/content", 4_000_000),
        ("content_html", "/content", 4_000_000),
    ],
)
def test_what_is_too_long_is_refused_with_its_field(newsroom, field, where, limit):
    assert publish(newsroom, **{field: "x" * limit}).verdict == "imported"
    with pytest.raises(Rejected, match=f"has {limit + 1:,} characters, more than {limit:,}") as refused:
        publish(newsroom, **{field: "x" * (limit + 1)})
    assert refused.value.where == where
    assert head(newsroom) == 1


def test_length_is_counted_after_white_space_is_folded(newsroom):
    assert publish(newsroom, title="x" + " " * 2_000 + "y").verdict == "imported"


@pytest.mark.parametrize("title", [None, "", " \n ", "\x00\x1f\ufffe"])
def test_an_article_without_headline_is_refused(newsroom, title):
    with pytest.raises(Rejected, match="the article has no title") as refused:
        publish(newsroom, title=title)
    assert refused.value.where == "/title"


@pytest.mark.parametrize("field", ["date_published", "date_modified"])
@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=400)])
def test_a_date_in_the_future_is_refused(newsroom, field, ahead):
    with pytest.raises(Rejected, match="lies in the future") as refused:
        publish(newsroom, **{field: datetime.now(UTC) + ahead})
    assert refused.value.where == f"/{field}"


def test_a_clock_that_is_a_little_fast_is_forgiven(newsroom):
    soon = datetime.now(UTC) + timedelta(minutes=4)
    entry = entry_of(newsroom, publish(newsroom, date_published=soon, date_modified=soon).guid)
    assert entry.published <= datetime.now(UTC)
    assert entry.updated <= datetime.now(UTC)


def test_a_fast_clock_makes_no_revision_of_what_is_the_same(newsroom):
    item = {"id": "a", "date_modified": datetime.now(UTC) + timedelta(minutes=4)}
    accept(newsroom, item)
    assert accept(newsroom, item)[0].verdict == "unchanged"


def test_a_retraction_is_never_dated_in_the_future(newsroom):
    publish(newsroom, id="a")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    mark = {"status": "retracted", "retracted": tomorrow.isoformat()}
    try:
        publish(newsroom, id="a", _feedsvc=mark)
    except Rejected as refused:
        assert refused.where == "/_feedsvc/retracted"  # noqa: PT017 - to refuse it or to bring it down to now is well
    else:
        assert datetime.fromisoformat(on_file(newsroom, "a")["_feedsvc"]["retracted"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2024-05-12", "2024-05-12T00:00:00Z"),
        ("2024-05-12T09:30:00", "2024-05-12T09:30:00Z"),
        (" 2024-05-12T09:30:00.5-05:00 ", "2024-05-12T14:30:00.500000Z"),
        ("1987-02-26T15:01:01Z", "1987-02-26T15:01:01Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        (datetime(2024, 5, 12, tzinfo=UTC).date(), "2024-05-12T00:00:00Z"),
    ],
)
def test_dates_are_stored_in_utc_to_the_microsecond(newsroom, written, stored):
    item = on_file(newsroom, publish(newsroom, date_published=written).guid)
    assert item["date_published"] == item["date_modified"] == stored


def test_the_oldest_date_takes_no_feed_down(newsroom):
    publish(newsroom, id="a", date_published="0001-01-01T00:00:00Z")
    config = Config.load({})
    catalogue = Catalogue(config)
    with reading(newsroom) as connection:
        changed_at = freshness.of_channel(connection, NEWS_LINE).changed_at
        feed = Feeds(catalogue, config).current(connection, catalogue.channel(connection, Selection()), changed_at)
    assert [entry.guid for entry in feed.entries] == ["a"]


@pytest.mark.parametrize("duration", [float("inf"), float("nan"), -1])
def test_a_duration_that_is_none_is_refused(newsroom, duration):
    with pytest.raises(Rejected) as refused:
        publish(newsroom, attachments=[{"url": "https://a.example/", "duration_in_seconds": duration}])
    assert refused.value.where == "/attachments/0/duration_in_seconds"
