"""Writers who remember what they asked for and what was acknowledged, to be judged after the server was killed."""

import itertools
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any

from editors import Editor, Told, address

from feedsvc.importing import BATCH
from feedsvc.text import rfc3339

State = tuple[int, str]
"""The revision of an article and its status."""

_REST = 30
_TITLE = re.compile(r"(\S+), revision (\d+)")


@dataclass
class Story:
    """An article of one writer: what it is as far as that was acknowledged, and what it may be besides."""

    key: str
    guid: str = ""
    known: State | None = None
    asked: State | None = None
    release: str = ""

    @property
    def may_be(self) -> set[State | None]:
        """What may be found of it: of a write without an answer nobody knows whether it was done."""
        return {self.known} if self.asked is None else {self.known, self.asked}


@dataclass
class Document:
    """An import: the ids of its items, and those that were acknowledged."""

    ids: list[str]
    acknowledged: list[str] = field(default_factory=list)


class Writers:
    """Six who write articles until the server is gone, of whom three also schedule some and one also imports many."""

    COUNT = 6

    def __init__(self, editor: Editor, name: str) -> None:
        self.editor = editor
        self._name = name
        self._acknowledged = 0
        self._moved = threading.Condition()
        self.stories: list[Story] = []
        self.documents: list[Document] = []

    def report(self) -> str:
        """One line on how far they came."""
        unanswered = sum(story.asked is not None for story in self.stories)
        imported = sum(len(document.acknowledged) for document in self.documents)
        return (
            f"{self._acknowledged} writes acknowledged and {unanswered} not, of {len(self.stories)} articles, "
            f"and {imported} items of {len(self.documents)} imports"
        )

    def wait_for(self, count: int) -> None:
        """Wait until so many writes were acknowledged; a batch of an import is one."""
        with self._moved:
            assert self._moved.wait_for(lambda: self._acknowledged >= count, 60)

    def work(self, number: int) -> None:
        """What the writer of a number does, until the server is gone."""
        dice = random.Random(f"{self._name} {number}")
        others = {2: self._schedule, 3: self._schedule, 4: self._schedule, 5: self._import}
        try:
            for turn in itertools.count():
                # An import holds up everybody else.
                tell = others[number] if number in others and dice.random() < 0.3 else self._tell
                tell(dice, f"{self._name}-{number}-{turn}")
        except (OSError, HTTPException):
            return

    def create_again(self, editor: Editor, story: Story) -> Told:
        """Send the request that made a story once more."""
        return editor.ask("POST", "articles", item_of(story.key, 0), Idempotency_Key=story.key)

    def _tell(self, dice: random.Random, key: str) -> None:
        story = Story(key)
        self.stories.append(story)
        if dice.random() < 0.5:
            told = self._ask(story, (0, "published"), "POST", "articles", item_of(key, 0), Idempotency_Key=key)
            story.guid = told.body["id"]
        else:
            story.guid = f"https://desk.example/told?key={key}"
            self._ask(story, (0, "published"), "PUT", address(story.guid), item_of(key, 0))
        for revision in range(1, dice.randrange(1, 5)):
            method = dice.choice(("PUT", "PATCH"))
            self._ask(story, (revision, "published"), method, address(story.guid), item_of(key, revision))
            if dice.random() < 0.3:
                self._ask(story, (revision, "retracted"), "DELETE", address(story.guid))
                if dice.random() < 0.5:
                    return
                self._ask(story, (revision, "published"), "POST", address(story.guid, "restore"))

    def _schedule(self, dice: random.Random, key: str) -> None:
        moment = datetime.now(UTC) + timedelta(seconds=dice.uniform(0.5, 1))
        story = Story(key, f"scheduled/{key}", release=rfc3339(moment))
        item = item_of(key, 0) | {"date_published": story.release, "_feedsvc": {"status": "scheduled"}}
        self.stories.append(story)
        # After its time, which has come before the next start, it is published.
        self._ask(story, (0, "published"), "PUT", address(story.guid), item)

    def _import(self, dice: random.Random, key: str) -> None:
        # The second batch is never whole.
        document = Document([f"imported/{key}/{n}" for n in range(BATCH + dice.randrange(1, _REST))])
        self.documents.append(document)
        items = [item_of(guid, 0) | {"id": guid} for guid in document.ids]
        for told in self.editor.imports(items):
            if told["place"] == "the document":  # there were too many at once, and the rest was not done
                return
            assert told["verdict"] == "imported", told
            document.acknowledged.append(told["id"])
            if len(document.acknowledged) in (BATCH, len(document.ids)):
                self._count()

    def _ask(self, story: Story, state: State, method: str, path: str, item: Any = None, **headers: str) -> Told:
        while True:
            story.asked = state
            told = self.editor.ask(method, path, item, **headers)
            story.asked = None
            if told.status in (200, 201):
                story.known = state
                self._count()
                return told
            if story.release and told.status == 422:  # its moment has passed meanwhile
                self.stories.remove(story)
                return told
            # There were too many at once, and nothing was done.
            assert told.status == 503, told

    def _count(self) -> None:
        with self._moved:
            self._acknowledged += 1
            self._moved.notify_all()


def item_of(key: str, revision: int) -> dict[str, Any]:
    """An article of which every part belongs to one revision."""
    return {
        "title": f"{key}, revision {revision}",
        "content_html": f"<p>{f'{key} has come to revision {revision}. ' * 20}</p>",
        "summary": f"Revision {revision} of {key}",
        "tags": [f"Turn {revision}", f"Of {revision % 2}"],
    }


def state_of(item: dict[str, Any]) -> tuple[str, State]:
    """The key of an article, and its state; fails if it is not whole."""
    found = _TITLE.fullmatch(item["title"])
    assert found, item
    key, revision = found[1], int(found[2])
    written = item_of(key, revision)
    assert {name: item.get(name) for name in written} == written, "half of an article"
    return key, (revision, item["_feedsvc"]["status"])


def batches(document: Document) -> Iterator[set[str]]:
    """The ids of a document that were committed together."""
    for start in range(0, len(document.ids), BATCH):
        yield set(document.ids[start : start + BATCH])
