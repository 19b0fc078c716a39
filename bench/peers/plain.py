"""A plain Flask view with flask-caching: the articles of `BENCH_ITEMS`, written by feedgen."""

import json
import os
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, request
from flask_caching import Cache

from peers.feedgenerator import rss

app = Flask(__name__)
# https://flask-caching.readthedocs.io/en/latest/#built-in-cache-backends
cache = Cache(app, config={"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 300})


@app.route("/feeds/news-line.rss")
@cache.cached()
def news_line() -> Response:
    """The feed, with an ETag, so that a reader can be told that nothing is new."""
    items = json.loads(Path(os.environ["BENCH_ITEMS"]).read_text("utf-8"))
    for item in items:
        item["date_published"] = datetime.fromisoformat(item["date_published"])
    response = Response(rss(items), mimetype="application/rss+xml")
    response.add_etag()
    return response


@app.after_request
def conditional(response: Response) -> Response:
    """304 where it is due: https://werkzeug.palletsprojects.com/en/stable/wrappers/ (`make_conditional`)."""
    return response.make_conditional(request)
