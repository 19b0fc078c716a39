"""Fills an empty database with a made-up archive of any size, as ten years of a newsroom would have left it.

Usage: python bench/generated.py URL --articles N --tags N [--body CHARACTERS] [--seed N]

The rows go straight into the tables: through the newsroom, ten million articles would take an hour and more. On
PostgreSQL this needs a superuser, since foreign keys are not checked meanwhile.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from made_up import COLUMNS, FOLLOWED, Desk
from sqlalchemy import Connection, select, text

from feedsvc.config import Config
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.store.schema import ArticleRow, SiteRow

BATCH = 20_000
BODY = 1_700
PART = 50
"""How many articles fill a part of a channel's archive, as the settings have it by default."""

_ROWS = f"seq BETWEEN :first + (:first - 1) / {FOLLOWED} AND :last + :last / {FOLLOWED}"
_TAGS = {True: "json_each(article.tags)", False: "json_array_elements_text(article.tags)"}
_STANDING = """
    SELECT 0 AS channel_id, published_at, id AS article_id FROM article
    WHERE id BETWEEN :first AND :last AND retracted_at IS NULL
    UNION ALL
    SELECT CAST(tag.value AS BIGINT), published_at, article.id FROM article, {tags} AS tag
    WHERE article.id BETWEEN :first AND :last AND retracted_at IS NULL
"""
# What follows from articles `first` to `last` and their tags, in the order of the tables' keys.
_FOLLOWING = (
    f"""
    INSERT INTO placement (channel_id, published_at, article_id, part)
    SELECT stood.channel_id, published_at, article_id,
           (articles + row_number() OVER (PARTITION BY stood.channel_id ORDER BY article_id) - 1) / {PART} + 1
    FROM ({_STANDING}) AS stood JOIN channel ON channel.id = stood.channel_id
    ORDER BY 1, 2, 3
    """,
    f"""
    UPDATE channel SET articles = articles + arrived.number
    FROM (SELECT channel_id, count(*) AS number FROM ({_STANDING}) AS stood GROUP BY channel_id) AS arrived
    WHERE id = arrived.channel_id
    """,
    f"""
    INSERT INTO journal (seq, at, kind, article_id)
    SELECT id + (id - 1) / {FOLLOWED}, published_at, 'publish', id FROM article WHERE id BETWEEN :first AND :last
    UNION ALL
    SELECT id + id / {FOLLOWED}, COALESCE(retracted_at, updated_at),
           CASE WHEN retracted_at IS NULL THEN 'revise' ELSE 'retract' END, id
    FROM article WHERE id BETWEEN :first AND :last AND id % {FOLLOWED} = 0
    ORDER BY 1
    """,
    f"""
    INSERT INTO touch (seq, channel_id)
    SELECT seq, 0 FROM journal WHERE {_ROWS}
    UNION ALL
    SELECT seq, CAST(tag.value AS BIGINT) FROM journal JOIN article ON article.id = article_id, {{tags}} AS tag
    WHERE {_ROWS}
    ORDER BY 1, 2
    """,
    """
    INSERT INTO reads (article_id, total, counted_at)
    SELECT id, id % 1000 + 1, published_at FROM article
    WHERE id BETWEEN :first AND :last AND id % 10 = 0 AND retracted_at IS NULL
    ORDER BY 1
    """,
)
_AT_LAST = (
    f"UPDATE channel SET part = (articles - 1) / {PART} + 1 WHERE articles > 0",
    f"UPDATE channel SET part_articles = articles - (part - 1) * {PART}",
    "UPDATE journal_head SET seq = (SELECT max(seq) FROM journal), at = (SELECT max(at) FROM journal)",
)
# Each by whether it is SQLite. An unfinished archive is of no use to anybody, so nothing is secured on the way; and
# PostgreSQL, which knows nothing yet of tables that were empty a moment ago, is kept from reading them whole.
_HASTE = {
    True: (
        *("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF"),
        "PRAGMA cache_size = -1000000",
    ),
    False: (
        *("SET session_replication_role = replica", "SET synchronous_commit = off", "SET TimeZone = 'UTC'"),
        *("SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off"),
        "SET maintenance_work_mem = '512MB'",
    ),
}
_REST = {True: ("PRAGMA journal_mode = WAL",), False: ("VACUUM ANALYZE",)}
# How to drop and to make each index that is made more quickly at the end than row by row: all that no foreign key
# needs, and that we do not look up rows by meanwhile.
_INDICES = {
    True: "SELECT 'DROP INDEX ' || name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    False: """
    SELECT 'ALTER TABLE ' || own.conrelid::regclass || ' DROP CONSTRAINT ' || own.conname,
           'ALTER TABLE ' || own.conrelid::regclass || ' ADD CONSTRAINT ' || own.conname || ' '
               || pg_get_constraintdef(own.oid)
    FROM pg_constraint AS own
    WHERE own.contype IN ('p', 'u') AND own.connamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT * FROM pg_constraint AS other WHERE other.contype = 'f' AND other.conindid = own.conindid)
    UNION ALL
    SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)
    """,
}


def fill(database_url: str, articles: int, tags: int, *, body: int = BODY, seed: int = 0) -> None:
    """Found an empty database and fill it with `articles` articles of five of `tags` tags each, whose numbers are the
    ranks of their popularity (“Subject 1” is the commonest), and bodies of about `body` characters (0: headlines).

    Raises `SystemExit` when there are articles already. What the feeds are made with is left to the first server that
    starts to note, as after any other change of the settings.
    """
    config = Config.load({"FEEDSVC_DATABASE_URL": database_url})
    database = Database(config.database_url, statement_seconds=0)  # an index takes its time
    with closing(database):
        migration.require_current(database, config.base_url)
        with database.read() as connection:
            authority = connection.execute(select(SiteRow.authority)).scalar_one()
            if connection.execute(select(ArticleRow.id).limit(1)).first():
                raise SystemExit("There are articles in this database; only an empty one can be filled.")
            indices = connection.exec_driver_sql(_INDICES[database.is_sqlite]).all()
        desk = Desk(authority, articles, tags, body, seed)
        _do(database, _HASTE[database.is_sqlite])
        _do(database, (drop for drop, _ in indices))
        with database.write() as connection:
            labels = ((rank, label.slug, label.text, 0, "tag") for rank, label in enumerate(desk.labels, 1))
            _load(connection, "channel", ("id", "slug", "label", "articles", "kind"), labels)
        for first in range(1, articles + 1, BATCH):
            with database.write() as connection:
                _write(connection, desk, first, min(first + BATCH - 1, articles))
        with database.write() as connection:
            for statement in _AT_LAST:
                connection.execute(text(statement))
        _do(database, (make for _, make in indices))
        _do(database, _REST[database.is_sqlite])


def _write(connection: Connection, desk: Desk, first: int, last: int) -> None:
    _load(connection, "article", COLUMNS, map(desk.write, range(first, last + 1)))
    tags = _TAGS[connection.dialect.name == "sqlite"]
    for statement in _FOLLOWING:
        connection.execute(text(statement.format(tags=tags)), {"first": first, "last": last})


def _load(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    cursor: Any = connection.connection.cursor()
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
        return
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _do(database: Database, statements: Iterable[str]) -> None:
    with database.observe() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", metavar="URL", help="the database, e.g. sqlite:///archive.db")
    parser.add_argument("--articles", type=int, required=True)
    parser.add_argument("--tags", type=int, required=True)
    parser.add_argument("--body", type=int, default=BODY, help="characters of a body, about; 0 for headlines alone")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    began = time.perf_counter()
    fill(wanted.url, wanted.articles, wanted.tags, body=wanted.body, seed=wanted.seed)
    seconds = time.perf_counter() - began
    print(f"{wanted.articles:,} articles in {seconds:,.1f} s, {wanted.articles / seconds:,.0f} articles/s")


if __name__ == "__main__":
    main()
