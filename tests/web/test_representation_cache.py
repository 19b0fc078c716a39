"""The cache by itself: one fill per key, a bound in bytes, and nothing older than what it was told."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from conftest import eventually

from feedsvc.cache import RepresentationCache
from feedsvc.errors import NotFound
from feedsvc.freshness import Freshness
from feedsvc.representation import Document, Representation

CHANGED = datetime(2024, 5, 12, tzinfo=UTC)
PATH = "https://news.example/feeds/news-line.rss"


def document(
    body: bytes = b"a body", revision: int = 1, keys: tuple[str, ...] = ("channel-0",), lifetime: float | None = None
) -> Document:
    freshness = Freshness(revision, CHANGED, crowded=False)
    return Document(body, "text/plain", frozenset(keys), freshness, lifetime=lifetime)


def kept(cache: RepresentationCache, path: str = PATH) -> bool:
    """Whether the cache answers for `path` without making anything; it keeps nothing new."""

    def refuse() -> Document:
        raise NotFound(path)

    try:
        cache.representation(path, "identity", refuse)
    except NotFound:
        return False
    return True


class Slow:
    """A making that stops half-way until it is told to go on."""

    def __init__(self, made: Document) -> None:
        self.made = made
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self) -> Document:
        self.begun.set()
        assert self.go_on.wait(30)
        return self.made


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    with ThreadPoolExecutor(40) as pool:
        yield pool


def ask(cache: RepresentationCache, make: Callable[[], Document], encoding: str = "identity") -> Representation:
    return cache.representation(PATH, encoding, make)


def test_a_stampede_on_a_cold_key_makes_the_document_once(pool: ThreadPoolExecutor) -> None:
    cache, slow = RepresentationCache(1_000_000), Slow(document())
    codings = ["identity", "br", "gzip"] * 10
    answers = [pool.submit(ask, cache, slow, coding) for coding in codings]
    assert slow.begun.wait(30)
    slow.go_on.set()
    assert [answer.result(30).encoding for answer in answers] == codings
    assert cache.renders == 1
    assert len({id(answer.result()) for answer in answers}) == 3


def test_a_key_that_is_being_filled_does_not_hold_up_another(pool: ThreadPoolExecutor) -> None:
    cache, slow = RepresentationCache(1_000_000), Slow(document())
    first = pool.submit(ask, cache, slow)
    assert slow.begun.wait(30)
    assert cache.representation("another", "gzip", document).encoding == "gzip"
    slow.go_on.set()
    assert first.result(30).body == b"a body"


def test_what_was_read_before_an_eviction_is_answered_but_not_kept(pool: ThreadPoolExecutor) -> None:
    cache, slow = RepresentationCache(1_000_000), Slow(document(b"old", revision=1))
    first = pool.submit(ask, cache, slow)
    assert slow.begun.wait(30)
    waiting = pool.submit(ask, cache, lambda: document(b"new", revision=2))
    cache.evict(2, {"channel-0"})
    slow.go_on.set()
    assert first.result(30).body == b"old"
    assert waiting.result(30).body == b"new"
    assert ask(cache, document).body == b"new"


def test_no_coding_of_what_was_read_before_an_eviction_is_kept(pool: ThreadPoolExecutor) -> None:
    cache, slow = RepresentationCache(1_000_000), Slow(document(b"old", revision=1))
    first = pool.submit(ask, cache, slow, "gzip")
    assert slow.begun.wait(30)
    cache.evict(2, {"channel-0"})
    slow.go_on.set()
    first.result(30)
    assert cache.size == 0
    assert ask(cache, lambda: document(b"new", revision=2), "gzip").opaque == ask(cache, document).opaque


def test_what_was_read_after_the_change_is_kept_though_the_eviction_comes_later(pool: ThreadPoolExecutor) -> None:
    cache, slow = RepresentationCache(1_000_000), Slow(document(b"new", revision=2))
    first = pool.submit(ask, cache, slow)
    assert slow.begun.wait(30)
    cache.evict(2, {"channel-0"})
    slow.go_on.set()
    first.result(30)
    assert kept(cache)


def test_an_eviction_of_something_else_lets_it_be_kept(pool: ThreadPoolExecutor) -> None:
    cache, slow = RepresentationCache(1_000_000), Slow(document(revision=1, keys=("channel-1", "site")))
    first = pool.submit(ask, cache, slow)
    assert slow.begun.wait(30)
    cache.evict(2, {"channel-0", "article-7"})
    slow.go_on.set()
    first.result(30)
    assert kept(cache)


def test_an_eviction_takes_exactly_what_is_made_of_its_keys() -> None:
    cache = RepresentationCache(1_000_000)
    documents = {"a": ("channel-1", "site"), "b": ("channel-2", "site"), "ab": ("channel-1", "channel-2", "site")}
    for path, keys in documents.items():
        for coding in ("identity", "br"):
            cache.representation(path, coding, lambda keys=keys: document(keys=keys))
    cache.evict(2, {"channel-1", "channel-9"})
    assert {path for path in documents if kept(cache, path)} == {"b"}
    cache.evict(3, {"site"})
    assert cache.size == 0


def test_the_bound_in_bytes_is_kept_and_the_longest_unused_goes_first() -> None:
    cache = RepresentationCache(130_000)
    for number in range(60):
        cache.representation(f"{number}", "identity", lambda: document(b"x" * 1_000))
        assert cache.size <= 130_000
        assert kept(cache, "0")
    assert [number for number in range(60) if kept(cache, f"{number}")] == [0, *range(41, 60)]


def test_what_was_pushed_out_can_be_evicted_and_come_back() -> None:
    cache = RepresentationCache(110_000)
    for number in range(30):
        cache.representation(f"{number}", "identity", lambda: document(b"x" * 1_000))
    cache.evict(1, {"channel-0"})
    assert cache.size == 0
    cache.representation("0", "identity", document)
    assert kept(cache, "0")


@pytest.mark.parametrize("size", [50_000, 500_000])
def test_a_document_that_would_push_many_out_is_made_once_and_kept_packed(size: int) -> None:
    cache = RepresentationCache(160_000)
    for number in range(20):
        cache.representation(f"{number}", "identity", document)
    made = ask(cache, lambda: document(b"x" * size))
    assert made.body == b"x" * size
    assert cache.kept == 21
    again = ask(cache, document)
    assert (again.body, again.headers, again.not_modified_headers) == (
        made.body,
        made.headers,
        made.not_modified_headers,
    )
    packed = ask(cache, document, "gzip")
    assert ask(cache, document, "gzip") is packed
    assert len(ask(cache, document, "br").body) < size
    assert cache.renders == 21
    assert (cache.kept, cache.evictions["room"]) == (22, 0)
    cache.evict(2, {"channel-0"})
    assert ask(cache, lambda: document(revision=2)).body == b"a body"


def test_many_who_wait_for_a_large_document_have_it_made_once(pool: ThreadPoolExecutor) -> None:
    cache = RepresentationCache(160_000)
    slow = Slow(document(b"x" * 500_000))
    codings = ["identity", "gzip", "br"] * 3
    answers = [pool.submit(ask, cache, slow, coding) for coding in codings]
    assert slow.begun.wait(30)
    slow.go_on.set()
    assert {answer.result(30).opaque for answer in answers} == {ask(cache, document).opaque}
    assert cache.renders == 1


def test_a_large_document_of_a_forgotten_journal_is_not_kept_packed(pool: ThreadPoolExecutor) -> None:
    cache = RepresentationCache(160_000)
    for forget in (cache.forget_everything, lambda: cache.evict(2, {"channel-0"})):
        slow = Slow(document(b"x" * 500_000))
        answer = pool.submit(ask, cache, slow, "gzip")
        assert slow.begun.wait(30)
        forget()
        slow.go_on.set()
        answer.result(30)
        assert cache.size == 0


def test_what_takes_a_sixteenth_of_the_cache_is_kept_and_a_byte_more_is_not() -> None:
    bare = ask(RepresentationCache(1_000_000), lambda: document(b"")).size
    cache = RepresentationCache(16 * (bare + 1_000))
    # What cannot be squeezed, or it would be kept packed.
    noise = random.Random(4).randbytes(1_001)
    cache.representation("as large", "identity", lambda: document(noise[1:]))
    cache.representation("larger", "identity", lambda: document(noise))
    assert (kept(cache, "as large"), kept(cache, "larger")) == (True, False)


def test_what_outlives_its_lifetime_is_made_anew() -> None:
    cache = RepresentationCache(1_000_000)
    ask(cache, lambda: document(b"passing", lifetime=0.2), "gzip")
    eventually(lambda: not kept(cache))
    assert ask(cache, lambda: document(b"no sooner made than gone", lifetime=0.0)).body.startswith(b"no sooner")
    assert ask(cache, lambda: document(b"lasting")).body == b"lasting"
    assert ask(cache, document, "gzip").opaque == ask(cache, document).opaque
    assert kept(cache)
    cache.evict(2, {"channel-0"})
    assert cache.size == 0


def test_a_failure_is_raised_to_the_one_who_asked_and_leaves_no_trace(pool: ThreadPoolExecutor) -> None:
    cache = RepresentationCache(1_000_000)

    def fail() -> Document:
        raise NotFound("nothing")

    answers = [pool.submit(ask, cache, fail) for _ in range(8)]
    assert [str(answer.exception(10)) for answer in answers] == ["nothing"] * 8
    assert cache.size == 0
    assert ask(cache, document).body == b"a body"


def test_a_cache_that_has_forgotten_old_evictions_trusts_nothing_made_before_them() -> None:
    cache = RepresentationCache(1_000_000)
    cache.evict(10, {f"article-{number}" for number in range(5_000)})
    cache.evict(11, {"channel-1"})
    ask(cache, lambda: document(revision=10))
    assert not kept(cache)
    ask(cache, lambda: document(revision=11))
    assert kept(cache)
    cache.representation("article", "identity", lambda: document(revision=11, keys=("article-3",)))
    assert kept(cache, "article")


def test_it_tells_why_it_dropped_what_it_dropped() -> None:
    one = ask(RepresentationCache(1_000_000), lambda: document(b"x" * 10_000))
    cache = RepresentationCache(one.size * 41 // 2)
    ask(cache, lambda: document(b"passing", lifetime=0.05))
    eventually(lambda: cache.kept == 0)
    assert cache.evictions == {"changed": 0, "room": 0, "expired": 1}

    for number in range(21):
        cache.representation(f"{PATH}?{number}", "identity", lambda: document(b"x" * 10_000))
    assert cache.kept == 20
    assert cache.evictions == {"changed": 0, "room": 1, "expired": 1}

    cache.evict(2, {"channel-0"})
    assert cache.kept == 0
    assert cache.evictions == {"changed": 20, "room": 1, "expired": 1}


def test_it_tells_what_it_made_and_how_long_that_took() -> None:
    filled: list[tuple[str, float]] = []
    cache = RepresentationCache(100_000, lambda coding, seconds: filled.append((coding, seconds)))
    for coding in ("gzip", "identity", "gzip", "br"):
        ask(cache, document, coding)
    assert [coding for coding, _ in filled] == ["identity", "gzip", "br"]
    assert all(0 < seconds < 10 for _, seconds in filled)


def test_what_is_newer_than_what_is_certain_is_forgotten_and_nothing_else() -> None:
    cache = RepresentationCache(1_000_000)
    made = {"older": document(revision=3), "newer": document(revision=4), "asset": document(revision=9, keys=())}
    for path, each in made.items():
        cache.representation((path, ""), "gzip", lambda each=each: each)
    cache.forget_after(3)
    assert {path: cache.find((path, ""), "gzip") is not None for path in made} == {
        "older": True,
        "newer": False,
        "asset": True,
    }
    assert cache.find(("newer", ""), "identity") is None


@pytest.mark.parametrize("forget", [RepresentationCache.forget_everything, lambda cache: cache.forget_after(0)])
def test_what_is_being_made_when_a_journal_is_forgotten_is_answered_but_not_kept(
    pool: ThreadPoolExecutor, forget: Callable[[RepresentationCache], None]
) -> None:
    cache = RepresentationCache(1_000_000)
    slow = {coding: Slow(document(b"of a journal that is no more", revision=500)) for coding in ("identity", "gzip")}
    answers = [pool.submit(cache.representation, (coding, ""), coding, make) for coding, make in slow.items()]
    assert all(make.begun.wait(30) for make in slow.values())
    forget(cache)
    for make in slow.values():
        make.go_on.set()
    assert [answer.result(30).opaque for answer in answers] == [answers[0].result().opaque] * 2
    assert cache.size == 0
    assert ask(cache, lambda: document(b"new", revision=1)).body == b"new"
    assert kept(cache)
