"""The archives of combined selections, of languages and of authors, while tags come and go."""

from collections.abc import Callable
from typing import Any

import pytest
from aggregator import Document, numbers, walk
from conftest import Site
from takings import article, guid, ids, take_in

from feedsvc.desk import tags

SELECTIONS: dict[str, Callable[[set[str]], bool]] = {
    "tags/a+b": lambda has: {"A", "B"} <= has,
    "tags/a,b": lambda has: bool({"A", "B"} & has),
    "tags/!c": lambda has: "C" not in has,
    "tags/a+!c": lambda has: "A" in has and "C" not in has,
    "tags/a+b,c": lambda has: {"A", "B"} <= has or "C" in has,
    "tags/a+b,a+c": lambda has: "A" in has and bool({"B", "C"} & has),
    "tags/c": lambda has: "C" in has,
    "en/tags/a": lambda has: {"en", "A"} <= has,
    "az/news-line": lambda has: "az" in has,
    "authors/a-reporter": lambda has: "A. Reporter" in has,
}


def traits(number: int) -> set[str]:
    """What is true of an article by its number, all in different rhythms."""
    has = {tag for tag, every in (("A", 2), ("B", 3), ("C", 5)) if number % every == 0}
    return has | {"az" if number % 4 == 0 else "en"} | ({"A. Reporter"} if number % 7 == 0 else set())


def made(number: int, has: set[str] | None = None) -> Any:
    has = traits(number) if has is None else has
    authors = [{"name": "A. Reporter"}] if "A. Reporter" in has else []
    return article(number, tags=sorted(has & {"A", "B", "C"}), language="az" if "az" in has else "en", authors=authors)


def complete(house: Site, name: str, form: str = "atom") -> tuple[Document, list[Document]]:
    """The documents of a selection, of which no two archived ones have the same article."""
    current, *archive = walk(house.http, f"/feeds/{name}.{form}")
    assert numbers(archive) == list(range(len(archive), 0, -1))
    several = [entry for each in archive for entry in each.entries]
    assert len(several) == len(set(several))
    return current, archive


def held(current: Document, archive: list[Document]) -> set[str]:
    return {entry for each in (current, *archive) for entry in each.entries}


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_every_selection_has_each_of_its_articles_once(house: Site, form: str) -> None:
    take_in(house, *(made(n) for n in range(60)))
    for name, holds in SELECTIONS.items():
        current, archive = complete(house, name, form)
        assert held(current, archive) == ids(*(n for n in range(60) if holds(traits(n)))), name
        assert archive


def test_they_keep_their_bounds_while_articles_and_tags_move(house: Site) -> None:
    take_in(house, *(made(n) for n in range(60)))
    known = {n: traits(n) for n in range(60)}
    before = {name: complete(house, name)[1] for name in SELECTIONS}
    for n in (4, 10, 30, 45):
        house.retract(guid(n))
    house.service.newsroom.restore(guid(10))
    retagged = {6: {"en", "C"}, 15: {"A", "en"}, 20: {"az"}, 37: {"A", "B", "C", "en"}}
    for n, has in retagged.items():
        take_in(house, made(n, has))
    take_in(house, *(made(n) for n in range(60, 70)), article(70, date_published="1999-01-01T00:00:00Z", tags=["A"]))
    known |= retagged | {n: traits(n) for n in range(60, 70)} | {70: {"A", "en"}}
    standing = {n: has for n, has in known.items() if n not in (4, 30, 45)}

    for name, holds in SELECTIONS.items():
        current, archive = complete(house, name)
        assert held(current, archive) == ids(*(n for n, has in standing.items() if holds(has))), name
        moved = ids(4, 10, 30, 45, *retagged)
        for old, new in zip(reversed(before[name]), reversed(archive), strict=False):
            assert old.address == new.address
            assert {e: x for e, x in old.entries.items() if e not in moved} == {
                e: x for e, x in new.entries.items() if e not in moved
            }
            assert set(old.entries) - set(new.entries) <= moved
            assert new.gone == set(old.entries) & ids(4, 30, 45)


def test_a_tag_given_back_is_a_new_arrival(house: Site) -> None:
    take_in(house, *(made(n, {"A", "en"}) for n in range(12)))
    take_in(house, made(1, {"en"}))
    take_in(house, made(1, {"A", "en"}))
    current, archive = complete(house, "tags/a")
    assert [set(each.entries) for each in archive] == [ids(5, 6, 7, 8, 9), ids(0, 2, 3, 4)]
    assert guid(1) in current.entries


def test_what_is_merged_arrives_where_it_goes(house: Site) -> None:
    take_in(house, *(made(n, {"A" if n % 2 else "B", "en"}) for n in range(40)))
    house.retract(guid(1))
    house.retract(guid(2))
    before = complete(house, "tags/a")[1]
    with house.service.newsroom.tag("b") as (transaction, tag):
        assert tags.merge(transaction, tag, tags.require(transaction, "a")) is None
    house.settle()
    current, archive = complete(house, "tags/a")
    assert held(current, archive) == ids(0, *range(3, 40))
    assert [set(each.entries) for each in reversed(archive)][: len(before)] == [
        set(each.entries) for each in reversed(before)
    ]
    assert {gone for each in (current, *archive) for gone in each.gone} == ids(1, 2)
    house.service.newsroom.restore(guid(2))
    house.settle()
    assert held(*complete(house, "tags/a")) == ids(0, 2, *range(3, 40))
    assert house.get("/feeds/tags/b/archive-1.atom").status_code == 301


def test_tombstones_that_are_merged_take_their_places_for_good(house: Site) -> None:
    take_in(house, *(made(n, {"B", "en"}) for n in range(7)), *(made(n, {"A", "en"}) for n in range(7, 11)))
    for n in range(7):
        house.retract(guid(n))
    with house.service.newsroom.tag("b") as (transaction, tag):
        tags.merge(transaction, tag, tags.require(transaction, "a"))
    take_in(house, *(made(n, {"A", "en"}) for n in range(20, 30)))
    for n in range(7):
        house.service.newsroom.restore(guid(n))
    house.settle()
    current, archive = complete(house, "tags/a")
    assert held(current, archive) == ids(*range(11), *range(20, 30))
    assert [len(each.entries) for each in archive] == [5] * 4


def test_no_archived_article_is_lost_for_want_of_room(make_house: Callable[..., Site]) -> None:
    house = make_house(feed_items=20, feed_bytes=30_000)
    long = {"content_text": "word " * 1_200, "summary": "In short."}
    take_in(house, *(article(n, **long) for n in range(38)))
    for form in ("atom", "rss", "json"):
        current, *archive = walk(house.http, f"/feeds/news-line.{form}")
        assert held(current, archive) == ids(*range(38))
        assert set(current.entries) == ids(*range(20, 38))
        assert b"word" in current.entries[guid(37)]
        assert b"In short." in current.entries[guid(20)]
        assert b"word" not in current.entries[guid(20)]
