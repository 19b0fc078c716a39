"""What holds for every request: its id, its log line, whose it is, and that it names a canonical address."""

import logging
import re
import secrets
import time
from urllib.parse import quote

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from feedsvc import logs
from feedsvc.config import Config
from feedsvc.errors import Moved
from feedsvc.headers import CORS

access = logging.getLogger("feedsvc.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FOLDERS = ("feeds", "tags", "articles", "assets")
_PREFLIGHT = (
    *CORS,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
    ("Access-Control-Max-Age", "86400"),
)


def watch_requests(app: Flask, config: Config) -> None:
    """Give each request its id, send other spellings of an address to the canonical one, log if that is wanted."""
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        logs.request_id.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))
        g.began = time.perf_counter()
        if request.method in ("GET", "HEAD"):
            _require_canonical(request.path, config.base_url)

    @app.after_request
    def end(response: Response) -> Response:
        if request.method == "OPTIONS" and request.path.startswith("/feeds/"):
            response.headers.extend(_PREFLIGHT)
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


def _require_canonical(path: str, base_url: str) -> None:
    canonical = "/" + path.strip("/")
    folder, slash, rest = canonical[1:].partition("/")
    if folder.lower() in _FOLDERS:
        canonical = f"/{folder.lower()}{slash}{rest}"
    if canonical != path:
        raise Moved(base_url + quote(canonical))
