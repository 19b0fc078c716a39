"""What is given to the world, as plain frozen values: entries, and the feeds they stand in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an article; `url` and `email` may be empty."""

    name: str
    url: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound or film of an article; `url` absolute and ASCII, `length` in bytes, `duration` in seconds, each
    0 if unknown; `width` and `height` in CSS pixels, known together or both 0."""

    url: str
    type: str
    length: int = 0
    title: str = ""
    credit: str = ""
    alt: str = ""
    duration: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """A subject: its label as first written, its slug (unique after NFC and casefold), and its page's address."""

    label: str
    slug: str
    url: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong with an article, in a sentence for its readers, and since when (UTC) it is right."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as readers get it: clean, absolute, safe to write into any format. Times are UTC.

    `translation_of` is the guid of the article that it translates, if it does.

    `guid` never changes; `uri` is the same identity as an absolute URI, which Atom asks for (RFC 4287 section 4.2.6).
    """

    number: int
    guid: str
    uri: str
    url: str
    slug: str
    title: str
    summary: str
    body: str
    language: str
    published: datetime
    updated: datetime
    authors: tuple[Author, ...] = ()
    tags: tuple[Tag, ...] = ()
    image: Media | None = None
    attachments: tuple[Media, ...] = ()
    source: str = ""
    corrections: tuple[Correction, ...] = ()
    translation_of: str = ""


class Version(NamedTuple):
    """What is to be had in several languages, in one of them (BCP 47): its address there, and whether it is the
    original that the others were translated from."""

    language: str
    url: str
    original: bool = False


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That an entry is no more (RFC 6721): its `uri`, and since when (UTC)."""

    uri: str
    deleted: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A typed link of a feed to another document: `rel`, absolute `href`, media type."""

    rel: str
    href: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed before it is written in any format. `updated` is its last content change, UTC; `ttl` is in seconds.

    `addresses` gives the feed's own address in each format, by format name; `links` are further typed links
    (hub, archives) that the document is to carry. `archived` says that it is one of the archive (RFC 5005 section 4).
    `unarchived` are the numbers of the entries that no archive document has yet: they stand nowhere else.
    `stylesheet` is where a browser finds how to show an XML format (an address without host; empty: nowhere).
    """

    uri: str
    title: str
    description: str
    language: str
    home: str
    addresses: Mapping[str, str]
    updated: datetime
    author: Author
    entries: tuple[Entry, ...]
    ttl: int = 300
    logo: str = ""
    copyright: str = ""
    links: tuple[Link, ...] = ()
    stylesheet: str = ""
    tombstones: tuple[Tombstone, ...] = ()
    archived: bool = False
    unarchived: frozenset[int] = frozenset()
