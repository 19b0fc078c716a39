"""What stands in the feed, the pages and the archive of a selection: what a naive evaluation of all articles gives."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import assert_books_balance, fresh_newsroom, reading
from newsstand import LANGUAGES, SELECTIONS, Newsstand, Step, Wanted, steps

from feedsvc.catalogue import Catalogue
from feedsvc.errors import NotFound
from feedsvc.feeds import Feeds

EXAMPLES = int(os.environ.get("FEEDSVC_TEST_EXAMPLES", "2"))
ITEMS = 3
"""How many entries a feed has at least, and a part of an archive at most."""

NOW = datetime(2024, 5, 13, tzinfo=UTC)
histories = st.lists(steps, min_size=12, max_size=24)
Parts = dict[Wanted, dict[int, int]]
"""In which closed part of the archive of a selection each article stands, by its number."""


def assert_read(stand: Newsstand, wanted: Wanted, known: Parts) -> None:
    """The documents of a selection have what they are to have, and nothing is in another part than it was `known` to
    be."""
    newsroom, expected = stand.newsroom, [piece.number for piece in stand.of(wanted)]
    catalogue = Catalogue(newsroom._config)
    feeds = Feeds(catalogue, newsroom._config)
    with reading(newsroom) as connection:
        channel = catalogue.channel(connection, wanted.selection)
        assert channel.selection == wanted.selection
        current = [entry.number for entry in feeds.current(connection, channel, NOW).entries]
        archive = [
            [entry.number for entry in feeds.archived(connection, channel, part, NOW).entries]
            for part in range(1, channel.part)
        ]
        headlines, before = [], None
        while page := catalogue.headlines(connection, channel, ITEMS, before):
            headlines += [entry.number for entry in page]
            before = page[-1].number
        with pytest.raises(NotFound):
            feeds.archived(connection, channel, channel.part, NOW)
    assert headlines == expected
    # All that is as new as the newest, and what has come in late, is beside the newest three.
    assert current[:ITEMS] == expected[:ITEMS]
    assert current == [number for number in expected if number in current]
    archived = [number for part in archive for number in part]
    assert len(archived) == len(set(archived))
    assert {*archived, *current} == set(expected)
    assert all(part == [number for number in expected if number in part] for part in archive)
    parts = {number: place for place, part in enumerate(archive, 1) for number in part}
    stayed = known.setdefault(wanted, {})
    assert {number: part for number, part in parts.items() if stayed.get(number, part) != part} == {}
    known[wanted] = parts


def assert_history_is_read(engine: str, history: list[Step], picks: list[int]) -> None:
    with fresh_newsroom(engine, feed_items=ITEMS, feed_hours=0) as newsroom:
        stand, known = Newsstand(newsroom), Parts()
        stand.open()
        for number, step in enumerate(history):
            changed = stand.do(step)
            if changed and step.deed == "retag":
                # What was taken out of a channel may come back to another part of it.
                for parts in known.values():
                    parts.pop(changed[0].number, None)
            assert_read(stand, SELECTIONS[picks[number % len(picks)]], known)
        for wanted in SELECTIONS:
            assert_read(stand, wanted, known)
        assert_books_balance(newsroom)


picked = st.lists(st.integers(0, len(SELECTIONS) - 1), min_size=8, max_size=8)


@pytest.mark.only("sqlite")
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(histories, picked)
def test_a_selection_has_what_a_naive_evaluation_gives(engine: str, history: list[Step], picks: list[int]) -> None:
    assert_history_is_read(engine, history, picks)


@pytest.mark.only("postgresql")
@settings(deadline=None, max_examples=max(1, EXAMPLES // 10), suppress_health_check=list(HealthCheck))
@given(histories, picked)
def test_on_a_server_it_has_so_too(engine: str, history: list[Step], picks: list[int]) -> None:
    assert_history_is_read(engine, history, picks)


def test_what_names_no_language_is_of_the_sites_own_where_the_settings_say_so(engine: str) -> None:
    with fresh_newsroom(engine, feed_items=ITEMS, feed_hours=0, all_languages=False) as newsroom:
        stand = Newsstand(newsroom)
        stand.open()
        for number in range(8):
            tags = frozenset("ab"[: number % 3])
            stand.do(Step("publish", 0, tags, LANGUAGES[number % 3], frozenset(), number))
        catalogue = Catalogue(newsroom._config)
        with reading(newsroom) as connection:
            for wanted in (each for each in SELECTIONS if not each.language and not each.author):
                channel = catalogue.channel(connection, wanted.selection)
                found = catalogue.headlines(connection, channel, 100)
                meant = stand.of(wanted._replace(language="en"))
                assert [entry.number for entry in found] == [piece.number for piece in meant], wanted
