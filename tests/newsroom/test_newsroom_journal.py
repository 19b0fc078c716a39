"""The journal: one row per change, in the same transaction, touching the old channels and the new."""

from datetime import UTC, datetime, timedelta

import pytest
from databases import disk_full
from ledger import (
    accept,
    assert_books_balance,
    changes,
    channel_names,
    exported,
    head,
    newsroom_at,
    on_file,
    publish,
    reading,
    tag_counts,
)
from sqlalchemy import event, update
from sqlalchemy.exc import DBAPIError

from feedsvc import freshness, journal
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.errors import DatabaseAway
from feedsvc.freshness import UNTOUCHED, Freshness
from feedsvc.selection import Selection
from feedsvc.store.schema import JournalHeadRow

NEWS_LINE = ""


def rows(newsroom) -> list[tuple[int, str, set[str]]]:
    return [(change.seq, change.kind, channel_names(newsroom, change)) for change in changes(newsroom)]


def test_every_change_is_one_row_that_touches_old_and_new_channels(newsroom):
    publish(newsroom, id="a", tags=["A", "B"])
    publish(newsroom, id="a", tags=["A", "B"], title="Revised")
    publish(newsroom, id="a", tags=["B", "C"], title="Revised")
    publish(newsroom, id="b")
    newsroom.retract("a")
    assert rows(newsroom) == [
        (1, "publish", {NEWS_LINE, "a", "b"}),
        (2, "revise", {NEWS_LINE, "a", "b"}),
        (3, "retag", {NEWS_LINE, "a", "b", "c"}),
        (4, "publish", {NEWS_LINE}),
        (5, "retract", {NEWS_LINE, "b", "c"}),
    ]
    assert [change.article for change in changes(newsroom)] == [1, 1, 1, 2, 1]
    assert_books_balance(newsroom)


def test_a_moved_address_and_another_order_of_tags_are_revisions(newsroom):
    publish(newsroom, id="a", tags=["A", "B"])
    publish(newsroom, id="a", tags=["B", "A"])
    publish(newsroom, id="a", tags=["B", "A"], _feedsvc={"slug": "elsewhere"})
    assert [kind for _, kind, _ in rows(newsroom)] == ["publish", "revise", "revise"]


def test_many_changes_of_one_transaction_are_a_row_each(newsroom):
    accept(newsroom, {"id": "a", "tags": ["A"]}, {"id": "b"}, {"id": "c", "_feedsvc": {"status": "retracted"}})
    assert rows(newsroom) == [
        (1, "publish", {NEWS_LINE, "a"}),
        (2, "publish", {NEWS_LINE}),
        (3, "retract", set()),
    ]


def test_a_change_names_what_documents_are_keyed_by(newsroom):
    publish(newsroom, id="a", tags=["A"])
    newsroom.announce_settings()
    published, site = changes(newsroom)
    assert set(published.names()) == {"article-1", "articles-0", "channel-0", "channel-1", "channel-2"}
    assert list(site.names()) == ["site"]


def test_nothing_at_all_changes_nothing(newsroom):
    assert newsroom.accept([]) == []
    assert accept(newsroom, {"id": "a", "title": ""})[0].verdict == "rejected"
    assert changes(newsroom) == []
    assert head(newsroom) == 0


def test_the_journal_can_be_read_on_from_anywhere(newsroom):
    for guid in "abc":
        publish(newsroom, id=guid)
    with reading(newsroom) as connection:
        assert [change.seq for change in journal.changes_after(connection, 1)] == [2, 3]
        assert [change.seq for change in journal.changes_after(connection, 0, limit=2)] == [1, 2]
        assert journal.changes_after(connection, 3) == []


@pytest.mark.parametrize("table", ["article", "placement", "journal", "touch", "journal_head"])
def test_a_transaction_that_fails_leaves_no_trace_and_no_gap(newsroom, database_url, table):
    publish(newsroom, id="a", tags=["A"])
    before = exported(newsroom)
    when = "UPDATE" if table == "journal_head" else "INSERT"
    with disk_full(database_url, table, when):
        with pytest.raises((DBAPIError, DatabaseAway), match="the disk is full"):
            accept(newsroom, {"id": "a", "title": "Revised", "tags": ["B"]}, {"id": "b", "tags": ["C"]})
        assert exported(newsroom) == before
        assert tag_counts(newsroom) == {"A": 1}
        assert head(newsroom) == 1
    publish(newsroom, id="b", tags=["C"])
    assert [change.seq for change in changes(newsroom)] == [1, 2]
    assert_books_balance(newsroom)


def test_settings_are_announced_once_and_only_when_they_matter(database_url):
    with newsroom_at(database_url) as newsroom:
        newsroom.announce_settings()
        newsroom.announce_settings()
        assert rows(newsroom) == [(1, "site", set())]
    with newsroom_at(database_url, base_url="http://127.0.0.1:8000", workers=4, log_level="debug") as newsroom:
        newsroom.announce_settings()
        assert head(newsroom) == 1
    for number, setting in enumerate(({"title": "Other"}, {"max_age": 1}, {"base_url": "https://b.example"}, {}), 2):
        with newsroom_at(database_url, **setting) as newsroom:
            newsroom.announce_settings()
            assert head(newsroom) == number
            assert_books_balance(newsroom)


def test_of_workers_that_start_together_one_announces_the_settings(newsroom, database_url):
    begun = []

    def overtake(_connection: object) -> None:
        begun.append("to read, then to write")
        if len(begun) == 2:
            newsroom.announce_settings()

    with newsroom_at(database_url) as slower:
        event.listen(slower._database.engine, "engine_connect", overtake)
        slower.announce_settings()
    assert len(begun) == 2
    assert rows(newsroom) == [(1, "site", set())]


def test_time_never_goes_back_in_the_journal(newsroom):
    publish(newsroom, id="a")
    ahead = datetime.now(UTC) + timedelta(days=1)
    with newsroom._database.write() as connection:
        connection.execute(update(JournalHeadRow).values(at=ahead))
    publish(newsroom, id="b")
    with reading(newsroom) as connection:
        later = freshness.of_channel(connection, 0).changed_at
    assert later > ahead
    assert on_file(newsroom, "b")["date_published"] == later.isoformat().replace("+00:00", "Z")


def test_freshness_is_of_the_channel_or_of_the_whole_site(newsroom):
    newsroom.announce_settings()
    publish(newsroom, id="a", tags=["A"])
    publish(newsroom, id="b", tags=["B"])
    catalogue = Catalogue(Config.load({}))
    with reading(newsroom) as connection:
        of = {tag: catalogue.channel(connection, Selection(tag)).formula.channel for tag in (None, "a", "b")}
        first, second = freshness.of_channel(connection, of["a"]), freshness.of_channel(connection, of["b"])
        assert first.changed_at < second.changed_at == freshness.of_channel(connection, of[None]).changed_at
        assert first.revision == second.revision == 3
    with newsroom._database.write() as connection:
        late = journal.JournalWriter(connection, datetime.now(UTC) + timedelta(hours=1))
        late.append("retag", 1, {of["a"]: 0}, {of["a"]: 0})
        late.close()
    with reading(newsroom) as connection:
        assert freshness.of_channel(connection, of["a"]).changed_at == late.at
        assert not freshness.of_channel(connection, of["a"]).crowded
        assert freshness.of_channel(connection, of["b"]) == Freshness(4, second.changed_at, second.crowded)


def test_an_article_is_as_fresh_as_its_newest_change_or_its_reads(newsroom):
    publish(newsroom, id="a")
    with reading(newsroom) as connection:
        never_read = freshness.of_article(connection, 1, None)
        assert never_read.changed_at == freshness.of_channel(connection, 0).changed_at
        earlier, later = never_read.changed_at - timedelta(seconds=9), never_read.changed_at + timedelta(seconds=9)
        assert freshness.of_article(connection, 1, earlier) == never_read
        assert freshness.of_article(connection, 1, later) == Freshness(1, later, crowded=True)


def test_two_changes_within_a_second_are_crowded(newsroom):
    moment = datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC)
    publish(newsroom, id="a")
    with newsroom._database.write() as connection:
        for microsecond in (1, 999_999):
            writer = journal.JournalWriter(connection, moment.replace(year=2100, microsecond=microsecond))
            writer.append("revise", 1, {0: 0}, {0: 0})
            writer.close()
    with reading(newsroom) as connection:
        assert freshness.of_channel(connection, 0).crowded


def test_what_no_change_touches_is_older_than_everything(newsroom):
    assert UNTOUCHED.crowded
    assert UNTOUCHED.revision > head(newsroom)
    with reading(newsroom) as connection:
        assert UNTOUCHED.changed_at < freshness.of_channel(connection, 0).changed_at <= datetime.now(UTC)
