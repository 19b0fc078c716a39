"""The fast path: what is in memory is answered in front of Flask, byte for byte as Flask would answer it."""

import re
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from feedsvc.conditional import is_current
from feedsvc.negotiation import choose_encoding
from feedsvc.representation import NOT_MODIFIED
from feedsvc.service import Service
from feedsvc.web.access_log import log_answer, name_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The one query key that any document has. In whatever else a query holds it may hide only behind an escape.
_BEFORE = re.compile(r"before=\d{1,18}", re.ASCII)


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
        self._logs = service.config.access_log
        self._counter = lru_cache(maxsize=64)(service.traffic.counter)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # A microsecond here is a tenth of what a request costs in all: this is written for speed, and alone in that.
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            return self.beyond(environ, start_response)
        began = time.perf_counter() if self._logs else 0.0
        # Through the service: after a fork it has another follower.
        self._service.follower.keep_up()
        query = environ["QUERY_STRING"]
        if query and (query := _named(query)) is None:
            return self.beyond(environ, start_response)
        encoding = choose_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        kept = self._find((environ["PATH_INFO"], query), encoding)
        if kept is None:
            return self.beyond(environ, start_response)
        if is_current(kept, environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")):
            status, line, headers, body = 304, NOT_MODIFIED, kept.not_modified_headers, b""
        else:
            status, line, headers = kept.document.status, kept.status_line, kept.headers
            body = kept.body if method == "GET" else b""
        self._counter(kept.document.route, method, status, "hit")()
        if self._logs:
            name_request(environ)
            log_answer(environ, status, None if status == 304 else len(kept.body), began)
        start_response(line, headers)
        return (body,)


def _named(query: str) -> str | None:
    """What a query says of which document is meant: nothing (``), or after which article it begins; None for what
    is better read by the application."""
    if _BEFORE.fullmatch(query):
        return query
    return None if "before" in query or "%" in query else ""
