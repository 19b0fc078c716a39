"""The cache of finished representations: bounded in bytes, filled once per key, never older than what it was told."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from cachetools import TLRUCache, cached

from feedsvc.journal import Change
from feedsvc.representation import IDENTITY, PACKED, Document, Representation, encode, represent, unpack
from feedsvc.store.formulas import Formula

Target = tuple[str, str]
"""What a client asks for: the path as WSGI spells it (PEP 3333), and the query, empty where it names nothing."""

Key = tuple[Target, str]
_UNCONDITIONAL: Mapping[str, Formula] = {}
_REMEMBERED_EVICTIONS = 4_096
# A full sitemap of 50,000 addresses takes some 8 MB, and an archive has as many as its crawlers please.
_LARGEST_SHARE = 16
# Which of many was used longest ago need not be known more exactly, and telling takes the lock.
_USED_SECONDS = 1.0


class RepresentationCache:
    """Representations by target and content coding; safe to use from many threads.

    One thread fills a key while the others wait for it. A representation whose document was read before a change
    that has been evicted since is answered to the one who made it, but not kept; those who waited make it anew.

    Nor is one kept that would take more than a sixteenth of the cache: a few of them would push everything else out.
    It is kept packed, as its codings are smaller, and unpacked in a fraction of the time that it takes to make.
    """

    def __init__(self, max_bytes: int, filled: Callable[[str, float], None] = lambda _coding, _seconds: None) -> None:
        """`filled` is told the coding of everything that is made, and how long it took, in seconds."""
        self._shelf = _Shelf(max_bytes)
        self._filled = filled
        self._lock = threading.Condition()
        self._get = cached(self._shelf, key=_key, condition=self._lock)(self._fill)
        self.renders = 0

    def representation(self, target: Target, encoding: str, make: Callable[[], Document]) -> Representation:
        """The representation of the document at `target` in `encoding`, from memory or by way of `make()`."""
        return self._get(target, encoding, make)

    def find(self, target: Target, encoding: str) -> "Held | None":
        """What is held of the document at `target` in `encoding` now, without waiting for a fill; or None."""
        key = (target, encoding)
        # A look at a dictionary needs no lock; what is found was true when it was looked for.
        held = self._shelf.at_hand.get(key)
        kept = held and held.kept
        now = time.monotonic()
        if not held or not kept or kept.expires <= now:
            return None
        if now > held.trusted_until:
            held.trust(kept, now)
            with self._lock:
                self._shelf.get(key)
        return held

    def evict(self, seq: int, keys: Iterable[str]) -> None:
        """Drop what is made of any of `keys`, and whatever is being made of an older journal than `seq`."""
        with self._lock:
            self._shelf.evict(seq, dict.fromkeys(keys, ()))

    def follow(self, changes: Sequence[Change]) -> None:
        """Drop what the changes concern, and whatever is being made of it from an older journal."""
        by_name: dict[str, list[Change]] = {}
        for change in changes:
            for name in change.names():
                by_name.setdefault(name, []).append(change)
        with self._lock:
            self._shelf.evict(changes[-1].seq, by_name)

    def forget_after(self, seq: int) -> None:
        """Drop what was made of a newer journal than `seq`; for when it is not known whether that was kept."""
        with self._lock:
            self._shelf.forget_after(seq)

    def forget_everything(self) -> None:
        """Drop everything, whatever journal it was made of; for when the journal itself begins anew."""
        with self._lock:
            self._shelf.begin_anew()

    @property
    def size(self) -> int:
        """What is kept now, in bytes."""
        with self._lock:
            return int(self._shelf.currsize)

    @property
    def kept(self) -> int:
        """How many representations are kept now."""
        with self._lock:
            return len(self._shelf)

    @property
    def evictions(self) -> Mapping[str, int]:
        """How many representations were dropped: because something `changed`, for `room`, or as `expired`."""
        with self._lock:
            return dict(self._shelf.evictions)

    def _fill(self, target: Target, encoding: str, make: Callable[[], Document]) -> Representation:
        key = (target, encoding)
        with self._lock:
            self._shelf.begin(key)
        try:
            return self._make(target, encoding, make)
        except BaseException:
            with self._lock:
                self._shelf.give_up(key)
            raise

    def _make(self, target: Target, encoding: str, make: Callable[[], Document]) -> Representation:
        if encoding != IDENTITY:
            identity = self.representation(target, IDENTITY, make)
            return self._at_hand(target, encoding) or self._timed(encoding, lambda: encode(identity, encoding))
        packed = self._at_hand(target, PACKED)
        if packed:
            return self._timed(IDENTITY, lambda: unpack(packed))
        with self._lock:
            self.renders += 1
        made = self._timed(IDENTITY, lambda: represent(make(), datetime.now(UTC)))
        if self._shelf.is_too_large(made):
            # Or each of those who wait for it would make it anew, one after the other.
            coded = self._timed(PACKED, lambda: encode(made, PACKED))
            with self._lock:
                self._shelf.put_beside((target, IDENTITY), (target, PACKED), coded)
        return made

    def _at_hand(self, target: Target, encoding: str) -> Representation | None:
        held = self.find(target, encoding)
        return held.kept if held else None

    def _timed(self, encoding: str, fill: Callable[[], Representation]) -> Representation:
        began = time.perf_counter()
        made = fill()
        self._filled(encoding, time.perf_counter() - began)
        return made


class Held:
    """A representation at hand: `kept` until it is dropped, and None from then on.

    Until `trusted_until` (`time.monotonic()`, seconds) it may be handed out again without asking the cache, which then
    wants to hear that it is in use.
    """

    __slots__ = ("kept", "trusted_until")

    def __init__(self, kept: Representation) -> None:
        self.kept: Representation | None = kept
        self.trust(kept, time.monotonic())

    def trust(self, kept: Representation, now: float) -> None:
        """Trust it for a while from `now` on."""
        self.trusted_until = min(kept.expires, now + _USED_SECONDS)


class _Shelf(TLRUCache[Key, Representation]):
    """The cache's store; its owner holds the lock. Knows which entries each key names, and refuses stale ones."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes, ttu=_expiry, timer=time.monotonic, getsizeof=lambda kept: kept.size)
        self.at_hand: dict[Key, Held] = {}
        self._made_of: dict[Key, frozenset[str]] = {}
        self._conditions: dict[Key, Mapping[str, Formula]] = {}
        self._entries: dict[str, set[Key]] = {}
        self._evicted: dict[str, int] = {}
        self._floor = 0
        self._generation = 0
        self._begun: dict[Key, int] = {}
        self.evictions = Counter(changed=0, room=0, expired=0)

    def __setitem__(self, key: Key, kept: Representation) -> None:
        if self._begun.pop(key, self._generation) != self._generation or self._is_stale(kept.document):
            raise ValueError("made of an older journal than was evicted")  # cachetools then answers without keeping
        if self.is_too_large(kept):
            raise ValueError("as large as many others together")
        super().__setitem__(key, kept)
        if key not in self:
            return  # it had expired on the way here
        self._forget(key)
        self.at_hand[key] = Held(kept)
        self._made_of[key] = kept.document.keys
        if kept.document.conditions:
            self._conditions[key] = kept.document.conditions
        for name in kept.document.keys:
            self._entries.setdefault(name, set()).add(key)

    def __delitem__(self, key: Key) -> None:
        self._forget(key)
        super().__delitem__(key)

    def expire(self, time: float | None = None) -> list[tuple[Key, Representation]]:
        expired = super().expire(time)
        for key, _ in expired:
            self._forget(key)
        self.evictions["expired"] += len(expired)
        return expired

    def popitem(self) -> tuple[Key, Representation]:
        dropped = super().popitem()
        self.evictions["room"] += 1
        return dropped

    def evict(self, seq: int, changed: Mapping[str, Sequence[Change]]) -> None:
        if len(self._evicted) > _REMEMBERED_EVICTIONS:
            # Forgetting which keys were evicted is safe when everything made before now counts as stale.
            self._evicted.clear()
            self._floor = seq
        for name, changes in changed.items():
            self._evicted[name] = seq
            for key in list(self._entries.get(name, ())):
                condition = self._conditions.get(key, _UNCONDITIONAL).get(name)
                if condition is None or any(change.concerns(condition) for change in changes):
                    self._drop(key)

    def forget_after(self, seq: int) -> None:
        kept = [(key, held.kept.document) for key, held in self.at_hand.items() if held.kept]
        for key in [key for key, document in kept if document.keys and document.freshness.revision > seq]:
            self._drop(key)
        self._generation += 1

    def begin_anew(self) -> None:
        self._generation += 1
        self.evictions["changed"] += len(self)
        self.clear()
        for held in self.at_hand.values():
            held.kept = None
        self.at_hand.clear()
        self._made_of.clear()
        self._conditions.clear()
        self._entries.clear()
        self._evicted.clear()
        self._floor = 0

    def is_too_large(self, made: Representation) -> bool:
        """Whether it would take the place of too many others."""
        return made.size > self.maxsize / _LARGEST_SHARE

    def begin(self, key: Key) -> None:
        """Note that `key` is about to be filled: not with what is read of a journal that was forgotten since."""
        self._begun[key] = self._generation

    def put_beside(self, key: Key, other: Key, made: Representation) -> None:
        """Keep under `other` what was made while `key` is being filled, if that could be kept under `key`; whoever is
        filling `other` goes on."""
        begun = self._begun.pop(other, None)
        if self._begun.get(key) == self._generation:
            with suppress(ValueError):
                self[other] = made
        if begun is not None:
            self._begun[other] = begun

    def give_up(self, key: Key) -> None:
        """Note that `key` is not being filled any more."""
        self._begun.pop(key, None)

    def _drop(self, key: Key) -> None:
        self.pop(key, None)
        self.evictions["changed"] += 1

    def _is_stale(self, document: Document) -> bool:
        made_at = document.freshness.revision
        return made_at < self._floor or any(self._evicted.get(name, 0) > made_at for name in document.keys)

    def _forget(self, key: Key) -> None:
        if held := self.at_hand.pop(key, None):
            held.kept = None
        self._conditions.pop(key, None)
        for name in self._made_of.pop(key, ()):
            entries = self._entries[name]
            entries.discard(key)
            if not entries:
                del self._entries[name]


def _key(target: Target, encoding: str, _make: Callable[[], Document]) -> Key:
    return target, encoding


def _expiry(_key: Key, kept: Representation, _now: float) -> float:
    return kept.expires
