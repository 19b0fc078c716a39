"""Representations and errors as HTTP responses."""

from collections.abc import Callable
from typing import Any

from flask import Request, Response
from werkzeug.datastructures import Headers

from feedsvc.conditional import is_current
from feedsvc.headers import CORS, PAGE_SAFETY, SAFETY, Fields
from feedsvc.negotiation import choose_encoding
from feedsvc.pages.templates import HTML
from feedsvc.representation import NOT_MODIFIED, Representation


class Answer(Response):
    """A response whose header fields are exactly those it was given."""

    default_mimetype = None

    def get_wsgi_headers(self, environ: Any) -> Headers:  # noqa: ARG002 - Werkzeug calls it
        # Werkzeug takes Last-Modified out of a 304, where RFC 9110 section 15.4.5 allows it and readers want it.
        return self.headers


def answer(request: Request, find: Callable[[str], Representation]) -> Response:
    """The response to a GET or HEAD for what `find(encoding)` gives: 200 (or its own status), or 304."""
    return answer_with(find(choose_encoding(request.headers.get("Accept-Encoding", ""))), request)


def answer_with(kept: Representation, request: Request) -> Response:
    """The same for what was found."""
    if is_current(kept, request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")):
        return Answer(status=NOT_MODIFIED, headers=kept.not_modified_headers)
    return Answer(kept.body, kept.status_line, kept.headers)


def error_page(body: str, status: int, safety: Fields = PAGE_SAFETY) -> Response:
    """An HTML page for an answer that is no document; not to be kept by anyone, and readable from other origins."""
    headers = [("Content-Type", HTML), ("Cache-Control", "no-cache"), *safety, *CORS]
    return Response(body, status, headers)


def moved(location: str) -> Response:
    """A permanent redirect, readable from other origins."""
    headers = [("Location", location), ("Cache-Control", "public, max-age=300"), *SAFETY, *CORS]
    return Response("", 301, headers, mimetype="text/plain")
