"""What the web tests share: the feeds' addresses, requests as raw as a client can make them, and time moved by hand."""

import gzip
import http.client
import io
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

import brotli
import httpx
import zstandard
from conftest import Served, Site, eventually
from lxml import html
from sqlalchemy import select, text, update

from feedsvc import journal
from feedsvc.store.schema import JournalHeadRow, JournalRow, SiteRow

BASE = "https://news.example"
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
LINE_FEEDS = [f"/feeds/news-line.{name}" for name in TYPES]
TAG_FEEDS = [f"/feeds/tags/khankendi.{name}" for name in TYPES]
FEEDS = LINE_FEEDS + TAG_FEEDS
CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link, Retry-After",
}
DECODERS = {
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body)).read(),
    "gzip": gzip.decompress,
}


class Raw:
    """A response as it came over the wire: nothing decoded, repeated fields kept apart."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.body = response.read()
        self.status = response.status
        self.fields = [(name.lower(), value) for name, value in response.getheaders()]
        self.headers = dict(self.fields)


def raw(site: Site | Served, target: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Raw:
    """Ask for `target` exactly as it is written, with no header fields but those given."""
    address = urlsplit(str(site.http.base_url))
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Raw(connection.getresponse())
    finally:
        connection.close()


def redirects(site: Site | Served, targets: list[str]) -> dict[str, tuple[int, str | None]]:
    """The status and the Location of each target's answer, by target."""
    answers = {target: raw(site, target) for target in targets}
    return {target: (answer.status, answer.headers.get("location")) for target, answer in answers.items()}


def identity(site: Site, path: str) -> bytes:
    """The unencoded bytes of the document at `path`."""
    response = site.get(path, accept_encoding="identity")
    assert response.status_code == 200, path
    return response.content


def etags(site: Site, paths: list[str]) -> dict[str, str]:
    """The ETag of each path's document, by path."""
    return {path: site.get(path, accept_encoding="identity").headers["etag"] for path in paths}


def last_modified(response: httpx.Response) -> datetime:
    return parsedate_to_datetime(response.headers["last-modified"])


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def refresh(site: Site, *keys: str) -> None:
    """Drop what the site's cache holds of `keys` (everything, without any), so that it is made from the store again."""
    with site.service.database.read() as connection:
        newest = journal.newest(connection)
    # Whoever has moved the past has made another journal of it, which the follower is to have noticed before.
    eventually(lambda: site.service.follower.followed == newest)
    site.service.cache.evict(newest[0], keys or {journal.SITE_KEY})


def age(site: Site, seconds: float) -> None:
    """Move everything that ever happened `seconds` further into the past, and drop what was made before."""
    back = timedelta(seconds=seconds)
    with site.service.database.write() as connection:
        for column in (JournalRow.at, JournalHeadRow.at, SiteRow.changed_at):
            table = column.class_
            key = table.__table__.primary_key.columns[0]
            for number, moment in connection.execute(select(key, column)).all():
                connection.execute(update(table).where(key == number).values({column.key: moment - back}))
    refresh(site)


def place_changes(site: Site, *moments: datetime) -> None:
    """Let the newest changes have happened at `moments` (oldest first), and drop what was made before."""
    with site.service.database.write() as connection:
        newest = journal.head(connection)
        for seq, moment in enumerate(moments, newest - len(moments) + 1):
            connection.execute(update(JournalRow).where(JournalRow.seq == seq).values(at=moment))
        connection.execute(update(JournalHeadRow).values(at=moments[-1]))
    refresh(site)


def sql(site: Site, statement: str, **values: object) -> None:
    """Do to the database what no editor can do."""
    with site.service.database.write() as connection:
        connection.execute(text(statement), values)


def page(response: httpx.Response) -> html.HtmlElement:
    return html.document_fromstring(response.content)


def visible(element: html.HtmlElement) -> str:
    """The text of an element as it is read: without markup, white space folded."""
    for silent in list(element.iter("script", "style", "template")):
        silent.drop_tree()
    return " ".join(element.text_content().split())
