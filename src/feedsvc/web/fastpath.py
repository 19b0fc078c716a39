"""The fast path: what is in memory is answered in front of Flask, byte for byte as Flask would answer it."""

import re
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.cache import Held
from feedsvc.conditional import is_current
from feedsvc.negotiation import choose_encoding
from feedsvc.representation import NOT_MODIFIED
from feedsvc.service import Service
from feedsvc.urls import NAMING_KEYS
from feedsvc.web.access_log import log_answer, name_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What of a query may say which document is meant, by itself or behind an escape.
_NAMING = re.compile(rf"\b(?:{'|'.join(NAMING_KEYS)})\b|%")

# Requests with any of these fields are for the application.
_BEYOND = frozenset({"HTTP_TRANSFER_ENCODING", "HTTP_A_IM"})

# How many requests are remembered by how they are answered, and how many characters one of them may take.
_REMEMBERED = 4_096
_MEMORABLE = 512

# A list, as every body here: Granian takes the bytes of one as they are, and iterates over anything else.
_NOTHING = [b""]


class _Request(NamedTuple):
    """All that an answer depends on, as WSGI has it."""

    method: str
    path: str
    query: str
    accept_encoding: str | None
    if_none_match: str | None
    if_modified_since: str | None


class _Known(NamedTuple):
    """How a request is answered: out of what, whether with 304, and what counts that."""

    held: Held
    current: bool
    tally: Callable[[], object]


class FastPath:
    """A WSGI application (PEP 3333) in front of another; safe to use from many threads.

    A GET or HEAD without a body for a document that is kept in the wanted coding is answered here; everything else
    is for the application `beyond`, which fills the same cache. What the two share makes their answers the same:
    the representation with its header lists, `is_current` and `choose_encoding`.
    """

    def __init__(self, beyond: "WSGIApplication", service: Service) -> None:
        self.beyond = beyond
        self._service = service
        self._find = service.cache.find
        self._counter = lru_cache(maxsize=64)(service.traffic.counter)
        self._known: dict[tuple[str | None, ...], _Known] = {}
        self._logs = service.config.access_log

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # Each step here is a step of every request, and is paid with caches that the network has emptied: this is
        # written to take few of them. Pollers repeat themselves, so that what was decided once is looked up.
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or environ.get("CONTENT_LENGTH") or not environ.keys().isdisjoint(_BEYOND):
            return self.beyond(environ, start_response)
        now = time.monotonic()
        # Through the service: after a fork it has another follower.
        follower = self._service.follower
        if now > follower.due:
            follower.keep_up()
        asked = (
            method,
            environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_ACCEPT_ENCODING"),
            environ.get("HTTP_IF_NONE_MATCH"),
            environ.get("HTTP_IF_MODIFIED_SINCE"),
        )
        known = self._known.get(asked)
        if known is None or now > known.held.trusted_until or known.held.kept is None:
            known = self._decide(_Request(*asked))
            if known is None:
                return self.beyond(environ, start_response)
        held, current, tally = known
        kept = held.kept
        if kept is None:  # pragma: no cover - dropped between two lines
            return self.beyond(environ, start_response)
        tally()
        if self._logs:
            name_request(environ)
            status, size = (304, None) if current else (kept.document.status, len(kept.body))
            log_answer(environ, status, size, now)
        if current:
            start_response(NOT_MODIFIED, kept.not_modified_headers)
            return _NOTHING
        start_response(kept.status_line, kept.headers)
        return [kept.body] if method == "GET" else _NOTHING

    def _decide(self, asked: _Request) -> _Known | None:
        """How a request is answered out of what is held, and None when it is not."""
        query = asked.query
        if query and not _NAMING.search(query):
            query = ""
        # Only canonical addresses are kept: another spelling is not found, and is for the application.
        held = self._find((asked.path, query), choose_encoding(asked.accept_encoding or ""))
        kept = held and held.kept
        if not held or not kept:
            return None
        current = is_current(kept, asked.if_none_match, asked.if_modified_since)
        status = 304 if current else kept.document.status
        known = _Known(held, current, self._counter(kept.document.route, asked.method, status, "hit"))
        # Not what a client holds of the past, which it asks for once. A 304 stays one as long as the document does.
        if (current or asked[4:] == (None, None)) and sum(len(text or "") for text in asked) <= _MEMORABLE:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[asked] = known
        return known
