"""An aggregator reads Reuters back to its first article, while more is published, filed late, mended and retracted."""

import gzip
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from aggregator import Document, numbers, read, walk
from conftest import Site

from feedsvc.errors import Rejected
from feedsvc.item import Item, read_item

REUTERS = Path(__file__).parents[2].parent / "shared" / "data" / "reuters.ndjson.gz"
EVERY = 1 if os.environ.get("FEEDSVC_TEST_ARTICLES") == "all" else 10
FEED = "/feeds/news-line.atom"


def stories() -> list[Item]:
    """Every tenth article, or all of them."""
    with gzip.open(REUTERS, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in islice(lines, 0, None, EVERY)]
    readable = []
    for fields in found:
        try:
            readable.append(read_item(fields))
        except Rejected:
            continue
    return readable


class Desk:
    """Editors at work: one deed after the other, each on its own, and what has come of them."""

    def __init__(self, site: Site) -> None:
        self._newsroom = site.service.newsroom
        self._settle = site.settle
        self._chance = random.Random(1987)
        self.items: dict[str, Item] = {}
        self.standing: set[str] = set()
        self.retracted: set[str] = set()
        self.changed: set[str] = set()
        self.deeds: Counter[str] = Counter()

    def take_in(self, items: list[Item]) -> None:
        """Import articles."""
        for start in range(0, len(items), 500):
            some = items[start : start + 500]
            for item, outcome in zip(some, self._newsroom.accept(some), strict=True):
                if outcome.verdict == "imported":
                    self.items[outcome.guid] = item
                    self.standing.add(outcome.guid)
        self._settle()

    def work(self) -> None:
        """Do the next thing."""
        deeds = [self._publish, self._backdate, self._retract, self._mend, self._retract, self._restore]
        deed = deeds[self.deeds.total() % len(deeds)]
        deed()
        self.deeds[deed.__name__.strip("_")] += 1
        self._settle()

    def _publish(self, date: str | None = None) -> None:
        number = self.deeds.total()
        fields = {"id": f"tag:x,2026:{number}", "title": f"News {number}"} | ({"date_published": date} if date else {})
        self.standing.add(self._newsroom.publish(read_item(fields)).guid)

    def _backdate(self) -> None:
        self._publish("1986-05-12T00:00:00Z")

    def _retract(self) -> None:
        guid = self._chance.choice(sorted(self.standing))
        self._newsroom.retract(guid)
        self.standing.remove(guid)
        self.retracted.add(guid)

    def _mend(self) -> None:
        guid = self._chance.choice(sorted(self.standing & self.items.keys()))
        self._newsroom.publish(self.items[guid].model_copy(update={"summary": f"Mended, {self.deeds.total()}."}))
        self.changed.add(guid)

    def _restore(self) -> None:
        guid = self._chance.choice(sorted(self.retracted))
        self._newsroom.restore(guid)
        self.retracted.remove(guid)
        self.standing.add(guid)
        self.changed.add(guid)


# pytest would report an empty parametrisation as a skipped test; without the documents there is to be none.
if REUTERS.exists():

    def test_each_article_is_read_once_and_no_document_ever_shifts(make_house: Callable[..., Site]) -> None:
        site = make_house(feed_items=50)
        desk = Desk(site)
        desk.take_in(stories())
        begun = set(desk.standing)

        current, *archive = _read_while_editors_work(site, desk)

        assert numbers(archive) == list(range(len(archive), 0, -1))
        seen = Counter(guid for document in archive for guid in document.entries)
        assert set(seen.values()) == {1}
        late = desk.retracted | desk.changed  # what came or went meanwhile, before it was reached or after
        assert set(seen) | set(current.entries) <= begun
        assert begun - set(seen) - set(current.entries) <= late

        _documents_differ_by_what_was_done(site, desk, archive)
        again = list(walk(site.http, FEED))
        told = Counter(guid for document in again[1:] for guid in document.entries)
        assert set(told.values()) == {1}
        assert set(told) | set(again[0].entries) == desk.standing
        assert {guid for document in again for guid in document.gone} == desk.retracted
        print(
            f"{len(begun):,} articles in {len(archive)} archive documents, each read once; then {len(desk.standing):,} "
            f"in {len(again) - 1}; {dict(desk.deeds)}; bounds moved: 0"
        )

    def _read_while_editors_work(site: Site, desk: Desk) -> list[Document]:
        documents = []
        for document in walk(site.http, FEED):
            documents.append(document)
            desk.work()
        return documents

    def _documents_differ_by_what_was_done(site: Site, desk: Desk, archive: list[Document]) -> None:
        unchanged = 0
        for before in archive:
            answer = site.http.get(before.address, headers={"If-None-Match": before.etag})
            if answer.status_code == 304:
                unchanged += 1
                continue
            after = read(answer)
            assert set(before.entries) - set(after.entries) <= after.gone & desk.retracted
            assert set(after.entries) - set(before.entries) <= desk.changed
            both = set(before.entries) & set(after.entries)
            assert {guid for guid in both if before.entries[guid] != after.entries[guid]} <= desk.changed
            assert set(before.entries) | before.gone == set(after.entries) | after.gone
        assert unchanged or len(archive) < 50
