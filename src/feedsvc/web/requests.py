"""What holds for every request that the application answers: its bounds, its log line, and a canonical address."""

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from feedsvc.headers import CORS, SAFETY
from feedsvc.selection import IN_PATHS, RANKINGS
from feedsvc.service import Service
from feedsvc.web.access_log import log_answer, name_request
from feedsvc.web.answers import Answer, moved

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")
_TIDIED = "feedsvc.tidied"
IMPORT = "/api/import"
_FOLDERS = (
    *(
        "feeds",
        "headlines",
        "tags",
        "authors",
        "articles",
        "subscribe",
        "embed",
        "oembed",
        "assets",
        "sitemaps",
        ".well-known",
    ),
    *("sitemap.xml", "news-sitemap.xml", "robots.txt", "manifest.webmanifest", "favicon.ico", "apple-touch-icon.png"),
    *("embed.js", "search", "opensearch.xml", "feeds.opml", *RANKINGS.values()),
)
# What other sites' scripts may ask for.
_SHARED = re.compile(r"/(feeds|headlines|embed|\.well-known)/|/oembed$")
_PREFLIGHT = (
    *CORS,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM"),
    ("Access-Control-Max-Age", "86400"),
)


def watch_requests(app: Flask, service: Service) -> None:
    """Give each request its id, bound its body, send it to its canonical address, count it, log it if wanted."""
    config = service.config

    @app.before_request
    def begin() -> None:
        name_request(request.environ)
        g.began = time.monotonic()
        if request.path != IMPORT:  # which is read by whoever takes it in, piece by piece
            # Whoever shows no key is not listened to for long.
            editor = request.path.startswith("/api/") and "Authorization" in request.headers
            limit = config.article_bytes if editor else config.request_bytes
            request.max_content_length = limit + 1
            # Whether anybody wants the body or not: one that is too long is refused (413), chunked or not.
            # Werkzeug stops reading a chunked one at its own bound, which is a byte above ours, without a word.
            if len(request.get_data()) > limit:
                raise RequestEntityTooLarge
        service.follower.keep_up()

    @app.after_request
    def end(response: Response) -> Response:
        if _TIDIED in request.environ and response.status_code in (200, 226, 304, 410):
            response = moved(config.base_url + request.environ[_TIDIED])
        if request.method == "OPTIONS" and _SHARED.match(request.path):
            response.headers.update(_PREFLIGHT)
        for name, value in SAFETY:
            response.headers.setdefault(name, value)
        route = (request.endpoint or "other").rpartition(".")[2]
        outcome = "miss" if isinstance(response, Answer) else "none"
        service.traffic.counter(route, request.method, response.status_code, outcome)()
        if config.access_log:
            log_answer(request.environ, response.status_code, response.content_length, g.began)
        return response


def ignore_host(application: "WSGIApplication") -> "WSGIApplication":
    """Have a request answered whichever host it names, and whatever else its client would rather speak: neither changes
    an answer of ours, and Flask would refuse some of them."""

    def ignoring(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ["HTTP_HOST"] = "localhost"
        environ.pop("HTTP_UPGRADE", None)
        return application(environ, start_response)

    return ignoring


def tidy_paths(application: "WSGIApplication") -> "WSGIApplication":
    """Have a path with slashes too many, or a folder in capitals, answered as the tidy one; `end` redirects there,
    unless the answer itself redirects further."""

    def tidied(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        folder, slash, rest = _SLASHES.sub("/", path).strip("/").partition("/")
        tidy = f"/{folder.lower() if folder.lower() in _FOLDERS else folder}{slash}{rest}"
        # An id may have slashes of its own.
        if tidy != path and folder != "api" and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            query = environ.get("QUERY_STRING", "")
            environ["PATH_INFO"] = tidy
            environ[_TIDIED] = quote(tidy.encode("latin-1"), safe=IN_PATHS) + (f"?{query}" if query else "")
        return application(environ, start_response)

    return tidied
