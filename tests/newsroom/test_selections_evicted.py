"""Of the feeds of selections, a change drops those whose content it can have changed, and no other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from databases import founded_database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from newsstand import SELECTIONS, Newsstand, Step, Wanted, steps

from feedsvc import journal
from feedsvc.cache import RepresentationCache
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.desk import tags
from feedsvc.formats import FORMATS
from feedsvc.press.press import Press
from feedsvc.representation import IDENTITY, Representation
from feedsvc.service import Service

EXAMPLES = int(os.environ.get("FEEDSVC_TEST_EXAMPLES", "2"))
ITEMS = 2

Name = tuple[Wanted, int]
"""A document: the subscription document of a selection, or a part of its archive; 0 is none."""


class Reader:
    """One who has every document of some selections made by a service, and made anew beside its cache."""

    def __init__(self, service: Service, selections: list[Wanted]) -> None:
        self.service = service
        self.selections = selections
        self.cache = service.cache
        self._catalogue = Catalogue(service.config)

    def open_parts(self) -> dict[Wanted, int]:
        """The part of each archive that is open."""
        with self.service.database.read() as connection:
            channels = {each: self._catalogue.channel(connection, each.selection) for each in self.selections}
        return {wanted: channel.part for wanted, channel in channels.items()}

    def names(self) -> list[Name]:
        """Every document that there is."""
        return [(wanted, part) for wanted, end in self.open_parts().items() for part in range(end)]

    def kept(self, name: Name) -> Representation | None:
        """What the cache holds of a document."""
        wanted, part = name
        urls, selection = self.service.urls, wanted.selection
        address = urls.archive(selection, part, "json") if part else urls.feed(selection, "json")
        held = self.cache.find(urls.target(address), IDENTITY)
        return held.kept if held else None

    def read(self, name: Name) -> Representation:
        """The document, from memory or not."""
        return _made(self.service.press, name)

    def anew(self) -> dict[Name, Representation]:
        """Every document as another process makes it that has just begun."""
        service = self.service
        cache = RepresentationCache(service.config.cache_bytes)
        press = Press(service.database, service.snapshots, service.config, cache, service.templates)
        return {name: _made(press, name) for name in self.names()}

    def settle(self) -> None:
        """Wait until the cache has followed the journal to its end."""
        with self.service.database.read() as connection:
            newest = journal.head(connection)
        assert self.service.follower.wait_for(newest, 30)


def _made(press: Press, name: Name) -> Representation:
    wanted, part = name
    if part:
        return press.feeds.archive(wanted.selection, part, FORMATS["json"], IDENTITY)
    return press.feeds.feed(wanted.selection, FORMATS["json"], IDENTITY)


@contextmanager
def serving(engine: str, selections: list[Wanted]) -> Iterator[tuple[Newsstand, Reader]]:
    with TemporaryDirectory() as folder, founded_database(engine, Path(folder)) as url:
        variables = {"DATABASE_URL": url, "FEED_ITEMS": ITEMS, "FEED_HOURS": 0, "METRICS": "false"}
        service = Service(Config.load({f"FEEDSVC_{name}": str(value) for name, value in variables.items()}))
        try:
            stand = Newsstand(service.newsroom)
            stand.open()
            reader = Reader(service, selections)
            reader.settle()
            yield stand, reader
        finally:
            service.stop()


def moment(kept: Representation) -> datetime:
    return kept.document.freshness.changed_at


def what_is_told(kept: Representation) -> tuple[object, ...]:
    """All that a client can know a document by."""
    fresh = kept.document.freshness
    return kept.body, kept.etag, kept.last_modified, fresh.changed_at, fresh.crowded, kept.document.keys


def assert_exact(reader: Reader, known: dict[Name, Representation], concerned: set[Wanted]) -> set[Name]:
    """What was dropped of the documents that are `known` is what has another content now, and of the selections that
    are `concerned` every feed; gives that, and keeps in mind all that there is now."""
    reader.settle()
    dropped = {name for name in known if reader.kept(name) is None}
    anew = reader.anew()
    for name, before in known.items():
        if name in dropped:
            # A document that is as it was would have the same time, to the microsecond.
            assert moment(anew[name]) > moment(before), name
            assert anew[name].last_modified >= before.last_modified
        else:
            assert what_is_told(anew[name]) == what_is_told(before), name
    assert {wanted for wanted, part in dropped if not part} == concerned
    renders = reader.cache.renders
    for name in anew:
        assert what_is_told(reader.read(name)) == what_is_told(anew[name]), name
    assert reader.cache.renders == renders + len(dropped) + len(anew.keys() - known.keys())
    known.clear()
    known |= anew
    return dropped


def assert_history_is_followed(engine: str, history: list[Step], selections: list[Wanted]) -> None:
    with serving(engine, selections) as (stand, reader):
        known = reader.anew()
        for name in known:
            reader.read(name)
        ends = reader.open_parts()
        for step in history:
            changed = stand.do(step)
            ended, ends = ends, reader.open_parts()
            concerned = {
                wanted
                for wanted in selections
                if (changed and any(piece.meets(wanted) for piece in changed)) or ended[wanted] != ends[wanted]
            }
            assert_exact(reader, known, concerned)


histories = st.lists(steps, min_size=8, max_size=16)
chosen = st.lists(st.sampled_from(SELECTIONS), min_size=5, max_size=5, unique=True)


@pytest.mark.only("sqlite")
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(histories, chosen)
def test_a_change_drops_what_it_can_have_changed(engine: str, history: list[Step], selections: list[Wanted]) -> None:
    assert_history_is_followed(engine, history, selections)


@pytest.mark.only("postgresql")
@settings(deadline=None, max_examples=max(1, EXAMPLES // 10), suppress_health_check=list(HealthCheck))
@given(histories, chosen)
def test_on_a_server_it_does_so_too(engine: str, history: list[Step], selections: list[Wanted]) -> None:
    assert_history_is_followed(engine, history, selections)


def publish(stand: Newsstand, tagged: str, hours: int) -> None:
    stand.do(Step("publish", 0, frozenset(tagged), "en", frozenset(), hours))


@pytest.mark.parametrize("into", ["a", "b"])
def test_after_a_merge_what_is_kept_is_still_what_another_process_makes(engine: str, into: str) -> None:
    """Where tags were merged, parts were opened by no article's coming; what is beside them is not to move later."""
    selections = [Wanted(), *(Wanted((text,)) for text in (into, f"{into}+c", f"{into}+!c", "!c"))]
    with serving(engine, selections) as (stand, reader):
        for hours, tagged in enumerate(("a", "ac", "b", "bc", "a", "b", "a")):
            publish(stand, tagged, hours)
        gone = "b" if into == "a" else "a"
        with stand.newsroom.tag(gone) as (transaction, tag):
            tags.merge(transaction, tag, tags.require(transaction, into))
        reader.settle()
        known = reader.anew()
        for name in known:
            reader.read(name)
        for piece in stand.pieces:
            merged = replace(piece, tags=frozenset(into if tag == gone else tag for tag in piece.tags))
            stand.newsroom.retract(piece.guid)
            assert_exact(reader, known, {wanted for wanted in selections if merged.meets(wanted)})
