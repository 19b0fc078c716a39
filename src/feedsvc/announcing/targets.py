"""Whom the operator has told us to tell, and in which words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection, select

from feedsvc.config import Config
from feedsvc.journal import Change
from feedsvc.push.topics import Topics
from feedsvc.sending import Message, json_message, signed
from feedsvc.store import archive
from feedsvc.store.schema import ArticleRow
from feedsvc.text import rfc3339
from feedsvc.urls import Urls

# What IndexNow takes in one request.
_MOST_PAGES = 10_000

Write = Callable[[Connection, Sequence[Change]], Iterator[Message]]


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who is told, by kind and address, and how changes are put for them: requests, in order. Who is told
    twice is none the worse for it. One that is `choosy` is not told again what it refuses for what it is."""

    kind: str
    url: str
    write: Write
    choosy: bool = False

    def __str__(self) -> str:
        return f"{self.kind}+{self.url}"


def read_targets(config: Config, topics: Topics, urls: Urls) -> tuple[Target, ...]:
    """Whom the settings name."""
    hubs = [Target("hub", url, _ping(url, topics), choosy=True) for url in config.hubs.split()]
    engines = [Target("indexnow", url, _index(url, config.indexnow_key, urls)) for url in config.indexnow_url.split()]
    webhooks = [Target("webhook", url, _report(url, config.webhook_secret)) for url in config.webhooks.split()]
    return (*hubs, *(engines if config.indexnow_key else ()), *webhooks)


def _ping(hub: str, topics: Topics) -> Write:
    """A WebSub hub fetches what it is told of. How it is told is left open by the specification (section 6); this is
    what PubSubHubbub had, with the topic under both names that hubs know it by."""

    def write(connection: Connection, changes: Sequence[Change]) -> Iterator[Message]:
        for topic in topics.addresses(connection, changes):
            form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
            yield Message("POST", hub, {"Content-Type": "application/x-www-form-urlencoded"}, form.encode())

    return write


def _index(engine: str, key: str, urls: Urls) -> Write:
    def write(connection: Connection, changes: Sequence[Change]) -> Iterator[Message]:
        numbers = sorted({change.article for change in changes if change.article is not None})
        found = select(ArticleRow.slug).where(ArticleRow.id.in_(numbers)).order_by(ArticleRow.id)
        pages = [urls.article(slug) for slug in connection.execute(found).scalars()]
        site = {"host": urlsplit(urls.base).netloc, "key": key, "keyLocation": urls.file(f"{key}.txt")}
        for start in range(0, len(pages), _MOST_PAGES):
            yield json_message(engine, {}, {**site, "urlList": pages[start : start + _MOST_PAGES]})

    return write


def _report(webhook: str, secret: str) -> Write:
    def write(connection: Connection, changes: Sequence[Change]) -> Iterator[Message]:
        ids = archive.guids(connection, {change.article for change in changes if change.article is not None})
        rows = [
            {"seq": change.seq, "at": rfc3339(change.at), "kind": change.kind}
            | ({"id": ids[change.article]} if change.article in ids else {})
            for change in changes
        ]
        yield signed(json_message(webhook, {}, {"changes": rows, "head": changes[-1].seq}), secret)

    return write
