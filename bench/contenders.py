"""Those who are measured side by side: how each is started, on one core, ready to be asked."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from machine import PEERS, ROOT, SERVER_CORE, find
from servers import Server, free_port

from feedsvc.server import _THREADS as THREADS

# https://gunicorn.org/design says (2 × cores) + 1 workers, of threads where connections are kept alive; one core here.
_GUNICORN = ("--workers", "3", "--worker-class", "gthread", "--threads", "4", "--log-level", "error")

_NGINX = """
daemon off;
worker_processes 1;
error_log stderr;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    # https://nginx.org/en/docs/http/ngx_http_core_module.html: sendfile with tcp_nopush, as it recommends for files,
    # open files kept, no log of each request, connections that are not closed after a thousand requests.
    sendfile on;
    tcp_nopush on;
    open_file_cache max=4096 inactive=60s;
    open_file_cache_valid 60s;
    access_log off;
    keepalive_requests 1000000000;
    # https://nginx.org/en/docs/http/ngx_http_gzip_static_module.html
    gzip_static on;
    gzip_vary on;
    types {{ }}
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        location /feeds/ {{ default_type "application/rss+xml; charset=utf-8"; }}
        location /articles/ {{ default_type "text/html; charset=utf-8"; }}
        # Debian has no module for br in nginx-light: a file that is br already, with the header that says so.
        location /br/ {{
            default_type "application/rss+xml; charset=utf-8";
            gzip_static off;
            add_header Content-Encoding br;
            add_header Vary Accept-Encoding;
        }}
    }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
}}
"""


def feedsvc(settings: Mapping[str, str], cores: str = SERVER_CORE) -> Server:
    """feedsvc as its documentation starts it."""
    port = free_port()
    return Server([sys.executable, "-m", "feedsvc", "serve", "--port", str(port)], port, settings, cores)


class Ready(NamedTuple):
    """What `/ready` says of the one worker of a feedsvc."""

    rendered: int
    cached_bytes: int


def ready(server: Server) -> Ready:
    """How many documents feedsvc has made, and how much of them it keeps."""
    said = server.ask("/ready").body.decode()
    rendered = re.search(r"(\d+) documents rendered", said)
    cached = re.search(r"(\d+) bytes cached", said)
    if not rendered or not cached:
        raise RuntimeError(f"feedsvc says: {said}")
    return Ready(int(rendered[1]), int(cached[1]))


def feedsvc_without_fast_path(settings: Mapping[str, str]) -> Server:
    """The Flask application that is behind the fast path, under the same server."""
    return _granian("peers.beyond:app", settings, Path(sys.executable).parent)


def constant(answers: Path, threads: int = THREADS) -> Server:
    """Granian with an application that does nothing but answer what was recorded."""
    settings = {"BENCH_ANSWERS": str(answers)}
    return _granian("peers.constant:app", settings, Path(sys.executable).parent, threads)


def nginx(folder: Path) -> Server:
    """nginx for the files in `folder/files`; its own files stand in `folder`, too."""
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port), "utf-8")
    return Server([find("nginx") or "nginx", "-c", configuration, "-e", "stderr", "-p", folder], port, {})


def django_database(folder: Path, items: Path) -> dict[str, str]:
    """The settings of a Django feed with the JSON Feed items of a file, whose tables are made and filled."""
    settings = {"BENCH_ITEMS": str(items), "BENCH_DATABASE": str(folder / "django.db")}
    make = [PEERS / "python", "-m", "peers.syndication"]
    subprocess.run(make, cwd=ROOT / "bench", env=os.environ | settings, check=True, timeout=60)
    return settings


def on_gunicorn(target: str, settings: Mapping[str, str]) -> Server:
    """A peer's application under the server that its documentation names."""
    port = free_port()
    return Server([PEERS / "gunicorn", *_GUNICORN, "--bind", f"127.0.0.1:{port}", target], port, settings)


def on_granian(target: str, settings: Mapping[str, str]) -> Server:
    """A peer's application under the server that feedsvc has."""
    return _granian(target, settings, PEERS)


def _granian(target: str, settings: Mapping[str, str], folder: Path, threads: int = THREADS) -> Server:
    # What `feedsvc serve` gives Granian, for every application that runs under it.
    port = free_port()
    options = ("--interface", "wsgi", "--no-ws", "--log-level", "error", "--port", str(port))
    limits = ("--workers", "1", "--blocking-threads", str(threads), "--backpressure", str(THREADS * 16))
    return Server([folder / "granian", *options, *limits, target], port, settings)
