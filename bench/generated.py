"""Fills an empty database with a made-up archive of any size, as ten years of a newsroom would have left it.

Usage: python bench/generated.py URL --articles N --tags N [--body CHARACTERS] [--seed N]

The rows go straight into the tables: through the newsroom, ten million articles would take an hour and more. On
PostgreSQL this needs a superuser, since foreign keys are not checked meanwhile.
"""

import argparse
import json
import random
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, select, text

from feedsvc.config import Config
from feedsvc.copydesk import Article, Label
from feedsvc.feed import Author, Media
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.store.schema import ArticleRow, SiteRow

BATCH = 20_000
BODY = 1_700
TAGS_EACH = 5
FIRST, PERIOD = datetime(2015, 1, 1), timedelta(days=3650)  # noqa: DTZ001 - UTC, spelled as it stands in a table
# After every 20th article comes its revision; after every 400th, its retraction instead.
FOLLOWED, RETRACTED = 20, 400

_ARTICLE = (
    "id guid slug status language title summary body source authors media published_at updated_at modified_at "
    "retracted_at reason digest"
).split()
_ROWS = f"seq BETWEEN :first + (:first - 1) / {FOLLOWED} AND :last + :last / {FOLLOWED}"
# What follows from articles `first` to `last` and their tags, in the order of the tables' keys.
_FOLLOWING = (
    """
    INSERT INTO placement (channel_id, published_at, article_id)
    SELECT 0, published_at, id FROM article WHERE id BETWEEN :first AND :last AND retracted_at IS NULL
    UNION ALL
    SELECT channel_id, published_at, id FROM article_tag JOIN article ON id = article_id
    WHERE article_id BETWEEN :first AND :last AND retracted_at IS NULL
    ORDER BY 1, 2, 3
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
    SELECT seq, channel_id FROM journal JOIN article_tag ON article_tag.article_id = journal.article_id WHERE {_ROWS}
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
    """
    UPDATE channel SET articles = placed.articles
    FROM (SELECT channel_id, count(*) AS articles FROM placement GROUP BY channel_id) AS placed
    WHERE id = placed.channel_id
    """,
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
    ),
}
_REST = {True: ("PRAGMA journal_mode = WAL",), False: ("VACUUM ANALYZE",)}


class Desk:
    """Writes made-up articles with made-up words, as common and as rare as words and subjects are (Zipf)."""

    def __init__(self, authority: str, articles: int, tags: int, body: int, seed: int) -> None:
        self._authority = authority
        self._dice = random.Random(seed)
        self._step = PERIOD / articles
        syllables = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "ar", "en")]
        self._words = [
            "".join(self._dice.choices(syllables, k=self._dice.choice((1, 2, 2, 3, 4)))) for _ in range(4000)
        ]
        self._word_weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self._sentences = [f"{' '.join(self._choose(self._dice.randint(8, 22))).capitalize()}." for _ in range(5000)]
        self._paragraphs = [f"<p>{' '.join(self._dice.choices(self._sentences, k=4))}</p>" for _ in range(5000)]
        self._body_paragraphs = max(1, round(body * len(self._paragraphs) / sum(map(len, self._paragraphs))))
        self._authors = [Author(" ".join(self._dice.choices(self._words, k=2)).title()) for _ in range(200)]
        self._signatures = {author: json.dumps([asdict(author)]) for author in self._authors}
        self.labels = [Label(f"Subject {rank}", f"subject-{rank}") for rank in range(1, tags + 1)]
        self._tag_weights = list(accumulate(1 / rank for rank in range(1, tags + 1)))
        # Subjects that go together, for one article after another to choose from.
        self._companies = [self._company() for _ in range(min(articles, 50_000))]

    def write(self, number: int) -> tuple[list[Any], list[int]]:
        """Article `number` as a row of its table, and the numbers of its tags."""
        tags = self._dice.choice(self._companies)
        words = self._choose(8)
        author = self._dice.choice(self._authors)
        image = _picture(number, author) if number % 3 == 0 else None
        article = Article(
            guid=f"tag:{self._authority}:article/{uuid.UUID(int=self._dice.getrandbits(128), version=4)}",
            slug=f"{'-'.join(words)}-{number}",
            title=" ".join(words).capitalize(),
            summary=self._dice.choice(self._sentences),
            body="\n".join(self._dice.choices(self._paragraphs, k=self._body_paragraphs)),
            language="en",
            source="",
            authors=(author,),
            labels=tuple(self.labels[tag - 1] for tag in tags),
            image=image,
            attachments=(),
            published=None,
            updated=None,
            retraction=None,
        )
        published = FIRST + self._step * (number - 1 + self._dice.random() / 4)
        followed = published + self._step / 2 if number % FOLLOWED == 0 else None
        retracted = followed if number % RETRACTED == 0 else None
        revised = None if retracted else followed
        row = [
            *(number, article.guid, article.slug, "retracted" if retracted else "published", article.language),
            *(article.title, article.summary, article.body, article.source, self._signatures[author]),
            json.dumps([{"role": "image", **asdict(image)}]) if image else "[]",
            *map(_moment, (published, revised or published, revised, retracted)),
            *("made up" if retracted else "", article.digest()),
        ]
        return row, tags

    def _choose(self, words: int) -> list[str]:
        return self._dice.choices(self._words, cum_weights=self._word_weights, k=words)

    def _company(self) -> list[int]:
        ranks = range(1, len(self.labels) + 1)
        wanted = min(TAGS_EACH, len(ranks))
        chosen: dict[int, None] = {}
        while len(chosen) < wanted:
            chosen |= dict.fromkeys(self._dice.choices(ranks, cum_weights=self._tag_weights, k=wanted))
        return list(chosen)[:wanted]


def fill(database_url: str, articles: int, tags: int, *, body: int = BODY, seed: int = 0) -> None:
    """Found an empty database and fill it with `articles` articles of five of `tags` tags each, whose numbers are the
    ranks of their popularity (“Subject 1” is the commonest), and bodies of about `body` characters.

    Raises `SystemExit` when there are articles already. What the feeds are made with is left to the first server that
    starts to note, as after any other change of the settings.
    """
    config = Config.load({"FEEDSVC_DATABASE_URL": database_url})
    database = Database(config.database_url)
    with closing(database):
        migration.require_current(database, config.base_url)
        with database.read() as connection:
            authority = connection.execute(select(SiteRow.authority)).scalar_one()
            if connection.execute(select(ArticleRow.id).limit(1)).first():
                raise SystemExit("There are articles in this database; only an empty one can be filled.")
        desk = Desk(authority, articles, tags, body, seed)
        _set(database, _HASTE[database.is_sqlite])
        with database.write() as connection:
            labels = ((rank, label.slug, label.text, 0) for rank, label in enumerate(desk.labels, 1))
            _load(connection, "channel", ("id", "slug", "label", "articles"), labels)
        for first in range(1, articles + 1, BATCH):
            with database.write() as connection:
                _write(connection, desk, first, min(first + BATCH - 1, articles))
        with database.write() as connection:
            for statement in _AT_LAST:
                connection.execute(text(statement))
        _set(database, _REST[database.is_sqlite])


def _write(connection: Connection, desk: Desk, first: int, last: int) -> None:
    rows, tags = zip(*map(desk.write, range(first, last + 1)), strict=True)
    _load(connection, "article", _ARTICLE, rows)
    tagged = ((number, position, tag) for number, own in enumerate(tags, first) for position, tag in enumerate(own))
    _load(connection, "article_tag", ("article_id", "position", "channel_id"), tagged)
    for statement in _FOLLOWING:
        connection.execute(text(statement), {"first": first, "last": last})


def _load(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    cursor: Any = connection.connection.cursor()
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
        return
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _set(database: Database, statements: Iterable[str]) -> None:
    with database.observe() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _picture(number: int, author: Author) -> Media:
    return Media(f"https://img.example/{number}.jpg", "image/jpeg", credit=author.name, alt="A picture of it")


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(" ", "microseconds") if moment else None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", metavar="URL", help="the database, e.g. sqlite:///archive.db")
    parser.add_argument("--articles", type=int, required=True)
    parser.add_argument("--tags", type=int, required=True)
    parser.add_argument("--body", type=int, default=BODY, help="characters of a body, about")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    began = time.perf_counter()
    fill(wanted.url, wanted.articles, wanted.tags, body=wanted.body, seed=wanted.seed)
    seconds = time.perf_counter() - began
    print(f"{wanted.articles:,} articles in {seconds:,.1f} s, {wanted.articles / seconds:,.0f} articles/s")


if __name__ == "__main__":
    main()
