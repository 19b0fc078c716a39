"""Where errors become HTTP: a sentence and a page for the reader, everything else for the log."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from feedsvc import logs
from feedsvc.errors import DatabaseAway, Gone, Moved, NotFound
from feedsvc.headers import PAGE_SAFETY, frame_safety
from feedsvc.pages.site import Pages
from feedsvc.web.answers import error_page, moved

log = logging.getLogger(__name__)

_RETRY_SECONDS = 5


def handle_errors(app: Flask, pages: Pages, frame_ancestors: str) -> None:
    """Answer every exception with a page of the site's own make, and no word of what went wrong inside."""

    def page(status: int, request_id: str = "") -> Response:
        # What is asked for to be framed is seen only if it may be.
        framed = request.path.startswith("/embed/")
        safety = frame_safety(frame_ancestors) if framed else PAGE_SAFETY
        return error_page(pages.error(status, request_id), status, safety)

    @app.errorhandler(Moved)
    def _moved(error: Moved) -> Response:
        return moved(error.location)

    @app.errorhandler(NotFound)
    def _not_found(_error: NotFound) -> Response:
        return page(404)

    @app.errorhandler(Gone)
    def _gone(_error: Gone) -> Response:
        return page(410)

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
