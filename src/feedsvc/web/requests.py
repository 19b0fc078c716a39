"""What holds for every request: its id, its log line, whose it is, and that it names a canonical address."""

import logging
import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from feedsvc import logs
from feedsvc.headers import CORS, SAFETY
from feedsvc.service import Service
from feedsvc.web.answers import moved

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

access = logging.getLogger("feedsvc.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SLASHES = re.compile("/{2,}")
_TIDIED = "feedsvc.tidied"
_FOLDERS = ("feeds", "tags", "articles", "assets")
_PREFLIGHT = (
    *CORS,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
    ("Access-Control-Max-Age", "86400"),
)


def watch_requests(app: Flask, service: Service) -> None:
    """Give each request its id, send other spellings of an address to the canonical one, log if that is wanted."""
    config = service.config
    # Flask's documentation wraps wsgi_app by assigning to it; a type checker takes it for a method.
    app.wsgi_app = _tidy_paths(app.wsgi_app)  # type: ignore[method-assign, assignment]
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        logs.request_id.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))
        g.began = time.perf_counter()
        # Whether anybody wants the body or not: one that is too long is refused (413), chunked or not.
        # Werkzeug stops reading a chunked one at its own bound, which is a byte above ours, without a word.
        if len(request.get_data()) > config.request_bytes:
            raise RequestEntityTooLarge
        service.follower.keep_up()

    @app.after_request
    def end(response: Response) -> Response:
        if _TIDIED in request.environ and response.status_code in (200, 304, 410):
            response = moved(config.base_url + request.environ[_TIDIED])
        if request.method == "OPTIONS" and request.path.startswith("/feeds/"):
            response.headers.update(_PREFLIGHT)
        for name, value in SAFETY:
            response.headers.setdefault(name, value)
        if config.access_log:
            access.info(
                "%s %s %d",
                request.method,
                request.path,
                response.status_code,
                extra={
                    "client": request.remote_addr,
                    "agent": request.user_agent.string,
                    "bytes": response.content_length,
                    "milliseconds": round((time.perf_counter() - g.began) * 1000, 1),
                },
            )
        return response


def _tidy_paths(application: "WSGIApplication") -> "WSGIApplication":
    """Let a path with slashes too many, or a folder in capitals, be answered as the tidy one; `end` redirects there,
    unless the answer itself redirects further."""

    def tidied(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        folder, slash, rest = _SLASHES.sub("/", path).strip("/").partition("/")
        tidy = f"/{folder.lower() if folder.lower() in _FOLDERS else folder}{slash}{rest}"
        if tidy != path and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            query = environ.get("QUERY_STRING", "")
            environ["PATH_INFO"] = tidy
            environ[_TIDIED] = quote(tidy.encode("latin-1")) + (f"?{query}" if query else "")
        return application(environ, start_response)

    return tidied
