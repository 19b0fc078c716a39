"""The inventory: every published address by number, in parts that stay as they are while others change."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from feedsvc import freshness
from feedsvc.journal import PART_SIZE, span
from feedsvc.store import readings
from feedsvc.store.schema import NEWS_LINE

# How many rows are on the way from the database at a time: a part is longer than anybody wants to hold twice.
_AT_ONCE = 2_000


class News(NamedTuple):
    """An article as news is announced: its slug, language (BCP 47) and title, and when it was published (UTC)."""

    slug: str
    language: str
    title: str
    published: datetime


def newest_part(connection: Connection) -> int:
    """The part that the newest article stands in, published or not; 0 where there is none."""
    return (connection.execute(readings.NEWEST_NUMBER).scalar() or 0) // PART_SIZE


def parts(connection: Connection) -> Iterator[tuple[int, datetime]]:
    """The parts that any article was ever accepted into, with when each has changed last (UTC)."""
    for part in range(newest_part(connection) + 1):
        if changed_at := freshness.part_changed_at(connection, part):
            yield part, changed_at


def articles(connection: Connection, part: int) -> Iterator[tuple[str, datetime]]:
    """The slugs of the published articles of a part in the order of their acceptance, and when each was updated (UTC).

    They are read as they are asked for, without anything else of the articles.
    """
    yield from connection.execute(readings.ARTICLES_OF, span(part), execution_options={"yield_per": _AT_ONCE})


def tag_parts(connection: Connection) -> Iterator[int]:
    """The parts of the channels that have any published article; the first always counts, as the home page is in it."""
    newest = connection.execute(readings.NEWEST_CHANNEL).scalar_one() // PART_SIZE
    for part in range(newest + 1):
        if connection.execute(readings.ANY_CHANNEL_OF, span(part)).first():
            yield part


def tags(connection: Connection, part: int) -> list[str]:
    """The slugs of the tags of a part that have published articles, and the empty one of the News Line."""
    return list(connection.execute(readings.CHANNELS_OF, span(part)).scalars())


def news(connection: Connection, since: datetime, limit: int) -> list[News]:
    """What was published after `since` (UTC), newest first, at most `limit`."""
    wanted = {"channel": NEWS_LINE, "since": since, "limit": limit}
    return [News(*row) for row in connection.execute(readings.PUBLISHED_SINCE, wanted)]


def last_before(connection: Connection, since: datetime) -> datetime | None:
    """When the newest article was published that was not published after `since` (UTC); None where there is none."""
    return connection.execute(readings.LAST_BEFORE, {"channel": NEWS_LINE, "since": since}).scalar()
