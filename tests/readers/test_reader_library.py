"""The `reader` library from PyPI, the engine of several feed readers, subscribes to every feed."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Served
from reader import Entry, Reader, UpdatedFeed, make_reader
from subscriptions import BRIDGE, FORMATS, HARVEST, ORCHARD, address, polls, publish, retract, revise

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

AGENT = "python-reader"


@pytest.fixture
def served(serve: Callable[..., Served], newsroom: Newsroom) -> Served:
    newsroom.accept([read_item(BRIDGE), read_item(ORCHARD)])
    return serve("--access-log")


@pytest.fixture
def reader(tmp_path: Path, served: Served) -> Iterator[Reader]:
    """A reader that has subscribed to all formats of the News Line and of a tag, and fetched them once."""
    with closing(make_reader(str(tmp_path / "reader.db"))) as reader:
        for path in paths():
            reader.add_feed(address(served, path))
        poll(reader)
        yield reader


def paths() -> list[str]:
    return [f"/feeds/{selection}.{form}" for selection in ("news-line", "tags/karabakh") for form in FORMATS]


def poll(reader: Reader) -> list[UpdatedFeed]:
    """Fetch every feed, as if the hour at which it is due had come; raises what any of them failed with."""
    results = [result.value for result in reader.update_feeds_iter(scheduled=False)]
    for value in results:
        if isinstance(value, Exception):
            raise value
    return [value for value in results if value is not None]


def entries(reader: Reader, served: Served, path: str) -> dict[str, Entry]:
    return {entry.id: entry for entry in reader.get_entries(feed=address(served, path))}


def test_it_gets_every_article_whole_and_then_304(reader: Reader, served: Served) -> None:
    for path in paths():
        found = entries(reader, served, path)

        assert list(found) == [ORCHARD["id"], BRIDGE["id"]]
        bridge, orchard = found[BRIDGE["id"]], found[ORCHARD["id"]]
        assert bridge.title == BRIDGE["title"]
        assert bridge.link == address(served, "/articles/bridge")
        assert bridge.summary == "It took two years."
        assert bridge.authors_str == "A. Reporter"
        assert "<strong>opened</strong> at noon &amp; crossed" in bridge.content[0].value
        assert 'href="https://old.example/about"' in bridge.content[0].value
        assert bridge.published is not None
        assert bridge.published.isoformat() == "2026-01-05T09:30:00+00:00"
        assert orchard.title == ORCHARD["title"]
        assert "Bağlar ağ rəngdədir." in orchard.content[0].value
        assert reader.get_feed(address(served, path)).last_exception is None

    assert sorted(polls(served, AGENT)) == sorted(f"{path} 200" for path in paths())

    assert poll(reader) == []

    assert sorted(polls(served, AGENT)[len(paths()) :]) == sorted(f"{path} 304" for path in paths())


def test_it_sees_a_new_article_once_an_edit_as_an_edit_and_no_retracted_article_again(
    reader: Reader, served: Served, newsroom: Newsroom
) -> None:
    publish(served, HARVEST)
    assert {(feed.new, feed.modified) for feed in poll(reader)} == {(1, 0)}
    assert poll(reader) == []

    revise(served, newsroom, BRIDGE | {"title": "Bridge opens late", "date_modified": "2026-01-08T00:00:00Z"})
    assert {(feed.new, feed.modified) for feed in poll(reader)} == {(0, 1)}
    for path in paths():
        found = entries(reader, served, path)
        assert len(found) == 3
        assert found[BRIDGE["id"]].title == "Bridge opens late"
        assert found[HARVEST["id"]].title == "Harvest begins"

    retract(served, newsroom, ORCHARD)
    with closing(make_reader(":memory:")) as newcomer:
        for path in paths():
            newcomer.add_feed(address(served, path))
        assert {feed.new for feed in poll(newcomer)} == {2}
        for path in paths():
            assert set(entries(newcomer, served, path)) == {BRIDGE["id"], HARVEST["id"]}
    assert {(feed.new, feed.modified) for feed in poll(reader)} <= {(0, 0)}
