"""A database that an older program filled, brought to the schema of this one."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from alembic import command
from databases import run_sql

from feedsvc.config import Config
from feedsvc.exporting import export_all, export_one
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store import migration
from feedsvc.store.database import Database

ARTICLE = (
    "INSERT INTO article (id, guid, slug, status, language, title, summary, body, source, authors, media, "
    "published_at, updated_at, reason, digest) VALUES ({0}, 'guid-{0}', 'slug-{0}', 'published', 'en', 'Title {0}', "
    "'', '', '', '[]', '[]', '2024-05-12 09:30:00.000000', '2024-05-12 09:30:00.000000', '', '')"
)


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """A database of schema 0002 with three articles: with three tags and retracted, with none, with one."""
    database = Database(empty_database_url)
    with database.write() as connection:
        command.upgrade(migration._alembic(connection), "0002")
        migration._found(connection, "https://news.example")
    database.close()
    run_sql(
        empty_database_url,
        "UPDATE journal_head SET seq = 3",
        *(ARTICLE.format(number) for number in (1, 2, 3)),
        *(f"INSERT INTO channel (id, slug, label, articles) VALUES ({n}, 't-{n}', 'T {n}', 0)" for n in (1, 2, 3)),
        # Not in the order of their positions, in which they are to be told.
        "INSERT INTO article_tag (article_id, position, channel_id) VALUES (1, 2, 1), (1, 0, 3), (1, 1, 2), (3, 0, 1)",
        *(
            "INSERT INTO journal (seq, at, kind, article_id) "
            f"VALUES ({n}, '2024-05-12 09:30:00.000000', 'publish', {n})"
            for n in (1, 2, 3)
        ),
        "INSERT INTO placement (channel_id, published_at, article_id) "
        "SELECT channel.id, published_at, article.id FROM article JOIN channel ON channel.id = 0 AND article.id > 1 "
        "OR channel.id = 1 AND article.id = 3",
        "INSERT INTO touch (seq, channel_id) VALUES (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 0), (3, 1)",
        "UPDATE article SET status = 'retracted', retracted_at = updated_at WHERE id = 1",
    )
    return empty_database_url


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Database]:
    """The same, brought to the schema of this program."""
    with closing(Database(database_url)) as database:
        migration.upgrade(database, "https://news.example")
        yield database


def test_every_article_keeps_its_tags_in_their_order(upgraded: Database) -> None:
    items = [export_one(upgraded, Config.load({}), f"guid-{number}")[0] for number in (1, 2, 3)]
    assert [item.get("tags", []) for item in items] == [["T 3", "T 2", "T 1"], [], ["T 1"]]


def test_what_was_tagged_before_is_retagged_like_anything_else(upgraded: Database) -> None:
    newsroom = Newsroom(upgraded, Config.load({}))
    newsroom.publish(read_item({"id": "guid-3", "title": "Title 3", "tags": ["T 2", "New"]}))
    assert list(export_all(upgraded, Config.load({})))[2]["tags"] == ["T 2", "New"]
