"""Feeds of articles that no channel lists: what a search has found, what is read most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedsvc.config import Config
from feedsvc.feed import Author, Entry, Feed
from feedsvc.urls import Urls


@dataclass(frozen=True, slots=True)
class Listed:
    """What such a feed is: its `uri`, title and description, the page that shows the same, its address in each format,
    and how long it may be kept, in seconds."""

    uri: str
    title: str
    description: str
    home: str
    addresses: Mapping[str, str]
    ttl: int


def feed_of(config: Config, listed: Listed, entries: Sequence[Entry], updated: datetime) -> Feed:
    """The feed of `entries`, in their order; `updated` (UTC) is its last change."""
    urls = Urls(config.base_url)
    return Feed(
        uri=listed.uri,
        title=listed.title,
        description=listed.description,
        language=config.language,
        home=listed.home,
        addresses=listed.addresses,
        updated=updated,
        author=Author(config.author, urls.home()),
        entries=tuple(entries),
        ttl=listed.ttl,
        logo=config.logo,
        copyright=config.copyright,
        stylesheet=urls.feed_style(),
    )
