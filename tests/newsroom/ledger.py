"""What the tests of the newsroom ask of it, and of the store behind it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from databases import founded_database
from sqlalchemy import Connection, func, select

from feedsvc import journal
from feedsvc.catalogue import Catalogue, Withdrawn
from feedsvc.config import Config
from feedsvc.exporting import export_all, export_one
from feedsvc.feed import Entry
from feedsvc.item import read_item
from feedsvc.journal import Change
from feedsvc.newsroom import Newsroom, Outcome
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.store.schema import (
    NEWS_LINE,
    ArticleRow,
    ChannelRow,
    JournalHeadRow,
    JournalRow,
    PlacementRow,
)
from feedsvc.urls import Urls

BASE = "http://127.0.0.1:8000"


@contextmanager
def newsroom_at(url: str, **settings: Any) -> Iterator[Newsroom]:
    """A newsroom over the database at `url`, with settings by name."""
    variables = {f"FEEDSVC_{name.upper()}": str(value) for name, value in settings.items()}
    config = Config.load({"FEEDSVC_DATABASE_URL": url} | variables)
    database = Database(config.database_url)
    migration.require_current(database, config.base_url)
    yield Newsroom(database, config)
    database.close()


@contextmanager
def fresh_newsroom(engine: str, **settings: Any) -> Iterator[Newsroom]:
    """A newsroom over an empty database that is gone afterwards; quick."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        url = stack.enter_context(founded_database(engine, Path(folder)))
        yield stack.enter_context(newsroom_at(url, **settings))


def reading(newsroom: Newsroom) -> Any:
    """A snapshot of the store behind `newsroom`."""
    return newsroom._database.read()


def publish(newsroom: Newsroom, **fields: Any) -> Outcome:
    """Publish a JSON Feed item, with a headline unless it has one."""
    return newsroom.publish(read_item({"title": "A headline"} | fields))


def accept(newsroom: Newsroom, *items: dict[str, Any]) -> list[Outcome]:
    """Take in items that must have an id, in one transaction."""
    return newsroom.accept([read_item({"title": "A headline"} | item) for item in items])


def on_file(newsroom: Newsroom, guid: str) -> dict[str, Any]:
    """The article as `show` prints it."""
    return export_one(newsroom._database, newsroom._config, guid)[0]


def exported(newsroom: Newsroom, **selection: Any) -> list[dict[str, Any]]:
    """All articles as `export` writes them."""
    return list(export_all(newsroom._database, newsroom._config, **selection))


def entry_at(newsroom: Newsroom, slug: str) -> Entry | Withdrawn:
    """What stands at an address now."""
    with reading(newsroom) as connection:
        return Catalogue(newsroom._config).article(connection, slug, Urls(newsroom._config.base_url).article)


def entry_of(newsroom: Newsroom, guid: str) -> Entry:
    """The article as feeds and pages get it."""
    found = entry_at(newsroom, on_file(newsroom, guid)["_feedsvc"]["slug"])
    assert isinstance(found, Entry)
    return found


def changes(newsroom: Newsroom, after: int = 0) -> list[Change]:
    """The journal from number `after` on."""
    with reading(newsroom) as connection:
        return journal.changes_after(connection, after, 1_000_000)


def head(newsroom: Newsroom) -> int:
    """The number of the newest journal row."""
    with reading(newsroom) as connection:
        return journal.head(connection)


def channel_names(newsroom: Newsroom, change: Change) -> set[str]:
    """The slugs of the tags that a change touches; the News Line's is empty."""
    with reading(newsroom) as connection:
        touched = ChannelRow.id.in_(change.channels), ChannelRow.kind.in_(("line", "tag"))
        rows = connection.execute(select(ChannelRow.slug).where(*touched))
        return {row.slug for row in rows}


def tag_counts(newsroom: Newsroom) -> dict[str, int]:
    """How many published articles each tag says that it has, by label."""
    with reading(newsroom) as connection:
        return {tag.label: count for tag, count in Catalogue(newsroom._config).tags(connection)}


def assert_journal_whole(connection: Connection) -> None:
    """The journal has no gap, its head agrees with it, and its times never go down."""
    rows = connection.execute(select(JournalRow.seq, JournalRow.at).order_by(JournalRow.seq)).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    found = connection.execute(select(JournalHeadRow.seq, JournalHeadRow.at)).one()
    assert found.seq == len(rows)
    assert not rows or found.at == rows[-1].at


def assert_books_balance(newsroom: Newsroom) -> None:
    """Placements and channel counts are what a recount of the articles and their tags gives."""
    with reading(newsroom) as connection:
        assert_journal_whole(connection)
        published = connection.execute(
            select(ArticleRow.id, ArticleRow.published_at, ArticleRow.lines, ArticleRow.tags).where(
                ArticleRow.retracted_at.is_(None)
            )
        ).all()
        expected = {
            (channel, row.published_at, row.id) for row in published for channel in (NEWS_LINE, *row.lines, *row.tags)
        }
        channels = set(connection.execute(select(ChannelRow.id).where(ChannelRow.id != NEWS_LINE)).scalars())
        for tags in connection.execute(select(ArticleRow.tags)).scalars():
            assert set(tags) <= channels
            assert len(set(tags)) == len(tags)
        placed = [
            (row.channel_id, row.published_at, row.article_id)
            for row in connection.execute(select(PlacementRow.__table__))
        ]
        assert set(placed) == expected
        counts = Counter(channel for channel, _, _ in placed)
        assert connection.execute(select(func.min(ChannelRow.articles))).scalar_one() >= 0
        for row in connection.execute(select(ChannelRow.id, ChannelRow.articles)):
            assert row.articles == counts[row.id]
