"""A bookmark moves only for whoever knows where it stands, and is put back whatever somebody is about to do with it."""

from collections.abc import Iterator

import pytest

from feedsvc.bookmarks import BEFORE_EVERYTHING, Bookmark
from feedsvc.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_it_is_advanced_by_one_of_two_who_saw_it_in_one_place(database: Database) -> None:
    bookmark = Bookmark(database, "purge x")
    seen = bookmark.standing()
    assert bookmark.advance(seen, 5)
    assert not bookmark.advance(seen, 6)
    assert bookmark.standing()[:2] == (5, 0)


@pytest.mark.parametrize(("to", "lands"), [(BEFORE_EVERYTHING, BEFORE_EVERYTHING), (0, 0), (3, 0)])
def test_it_is_not_advanced_over_a_going_back(database: Database, to: int, lands: int) -> None:
    bookmark = Bookmark(database, "purge x")
    seen = bookmark.standing()
    bookmark.go_back(to)
    assert not bookmark.advance(seen, 8)
    assert bookmark.standing()[:2] == (lands, 1)
