"""Where errors become HTTP: a sentence and a page for the reader, everything else for the log."""

import logging
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from feedsvc import logs
from feedsvc.errors import (
    Conflict,
    DatabaseAway,
    FeedsvcError,
    Forbidden,
    Gone,
    Missing,
    Moved,
    NotFound,
    Refused,
    Rejected,
    Reused,
    Stale,
    TooMany,
    Unreadable,
)
from feedsvc.headers import PAGE_SAFETY, frame_safety
from feedsvc.pages.site import Pages
from feedsvc.web.answers import error_page, moved
from feedsvc.web.problems import Faulty, problem

log = logging.getLogger(__name__)

_RETRY_SECONDS = 5
# What only the API raises, by what it answers.
_STATUSES: dict[type[FeedsvcError], int] = {
    Refused: 401,
    Forbidden: 403,
    Conflict: 409,
    Stale: 412,
    Rejected: 422,
    Reused: 422,
    Unreadable: 422,
    Missing: 428,
    TooMany: 429,
}


def _sentence(status: int) -> str:
    if status >= 500:
        return "We have failed; it is not your fault."
    return f"{HTTPStatus(status).description or HTTPStatus(status).phrase}."


def handle_errors(app: Flask, pages: Pages, frame_ancestors: str) -> None:
    """Answer every exception with a page of the site's own make, or for the API with problem details, and no word of
    what went wrong inside."""

    def page(status: int, request_id: str = "", detail: str = "") -> Response:
        if request.path.startswith("/api/"):
            reference = f" The log knows it as {request_id}." if request_id else ""
            return problem(status, f"{detail or _sentence(status)}{reference}")
        # What is asked for to be framed is seen only if it may be.
        framed = request.path.startswith("/embed/")
        safety = frame_safety(frame_ancestors) if framed else PAGE_SAFETY
        return error_page(pages.error(status, request_id, detail), status, safety)

    @app.errorhandler(Moved)
    def _moved(error: Moved) -> Response:
        return moved(error.location)

    @app.errorhandler(NotFound)
    def _not_found(error: NotFound) -> Response:
        return page(404, detail=str(error))

    @app.errorhandler(Gone)
    def _gone(error: Gone) -> Response:
        return page(410, detail=str(error))

    def _told(error: FeedsvcError) -> Response:
        status = next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)
        headers = {}
        if isinstance(error, Refused):
            # RFC 6750 section 3: no more than that there is none, or that it is wrong.
            headers["WWW-Authenticate"] = 'Bearer realm="feedsvc"'
            return problem(status, "Show a key: Authorization: Bearer feedsvc_…", headers=headers)
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.seconds)
        if isinstance(error, Rejected):
            faults = [(error.where, error.reason)] if error.where else []
            return problem(status, error.reason[:1].upper() + error.reason[1:], faults)
        return problem(status, str(error), headers=headers)

    @app.errorhandler(Faulty)
    def _faulty(error: Faulty) -> Response:
        return problem(error.status, str(error), error.faults)

    for kind in _STATUSES:
        app.register_error_handler(kind, _told)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        response = page(status)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(DatabaseAway)
    def _database_away(error: DatabaseAway) -> Response:
        # Without a cause, the follower knew that it is away, and has said so once.
        if error.__cause__:
            log.error("the database does not answer", exc_info=error)
        response = page(503, logs.request_id.get())
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
        return response

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> Response:
        log.error("a request failed", exc_info=error)
        return page(500, logs.request_id.get())
