"""Letters: what a topic's subscribers are sent when it has changed, which is the topic itself (a "fat ping")."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from feedsvc.errors import FeedsvcError, Moved
from feedsvc.follower import CacheFollower
from feedsvc.formats import Format
from feedsvc.push.topics import Topics
from feedsvc.representation import IDENTITY, Representation
from feedsvc.selection import Selection

_SECONDS = 5.0


Subscribed: TypeAlias = Callable[[Selection, Format, str], Representation]
"""Finds the subscription document of a selection, in a format and a content coding."""


class Behind(FeedsvcError):
    """This process has not followed the journal as far as it would have to; later it will have."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The current representation of a topic, with its own media type and Link fields (WebSub section 7), and a journal
    row that it is not older than."""

    body: bytes
    content_type: str
    link: str
    revision: int


class Letters:
    """Writes letters by way of the presses; safe to use from many threads."""

    def __init__(self, document: Subscribed, follower: CacheFollower, topics: Topics) -> None:
        self._document = document
        self._follower = follower
        self._topics = topics

    def write(self, topic: str, seq: int) -> Letter:
        """The letter about a topic, no older than journal row `seq`. Raises `Behind`, and `NotFound` or `Gone` for a
        topic that is no more; one that has another address now is sent from there, and says so."""
        if not self._follower.wait_for(seq, _SECONDS):
            raise Behind(f"The journal is not followed up to row {seq} yet.")
        revision = self._follower.position
        try:
            return self._letter(topic, revision)
        except Moved as moved:
            return self._letter(moved.location, revision)

    def _letter(self, address: str, revision: int) -> Letter:
        selection, form = self._topics.require(address)
        kept = self._document(selection, form, IDENTITY)
        fields = dict(kept.headers)
        return Letter(kept.body, fields["Content-Type"], fields["Link"], revision)
