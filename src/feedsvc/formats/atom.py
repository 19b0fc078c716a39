"""Atom (RFC 4287)."""

from datetime import datetime
from zlib import crc32

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedsvc.feed import Entry, Feed
from feedsvc.formats import jsonfeed, rss
from feedsvc.formats.elements import AtomEntryElements, AtomFeedElements
from feedsvc.formats.format import Format

_OTHERS = (rss.FORMAT, jsonfeed.FORMAT)


def write(feed: Feed) -> bytes:
    """`feed` as an Atom document in UTF-8, entries in their order.

    Raises `ValueError` for text with characters that XML 1.0 forbids.
    """
    root = FeedGenerator()
    root.register_extension("feedsvc", AtomFeedElements, AtomEntryElements, rss=False)
    root.feedsvc.feed = feed
    root.feedsvc.media_type = FORMAT.media_type
    root.id(feed.uri)
    root.title(feed.title)
    root.subtitle(feed.description)
    root.updated(feed.updated)
    root.language(feed.language)
    root.author({"name": feed.author.name, "uri": feed.author.url, "email": feed.author.email})
    root.generator("feedsvc")
    # The page stands before the other formats: some readers take the first alternate for it, whatever its type.
    root.link(href=feed.addresses[FORMAT.name], rel="self", type=FORMAT.media_type)
    root.link(href=feed.home, rel="alternate", type="text/html")
    for other in _OTHERS:
        if other.name in feed.addresses:
            root.link(href=feed.addresses[other.name], rel="alternate", type=other.media_type)
    if feed.logo:
        root.logo(feed.logo)
    if feed.copyright:
        root.rights(feed.copyright)
    for entry in feed.entries:
        _add(root.add_entry(order="append"), entry)
    document: bytes = root.atom_str()
    return document


def _add(element: FeedEntry, entry: Entry) -> None:
    element.feedsvc.entry = entry
    element.id(entry.uri)
    element.title(entry.title)
    element.updated(_distinct(entry.updated, entry.guid))
    element.published(entry.published)
    if entry.summary:
        element.summary(entry.summary, type="text")
    if entry.body:
        element.content(entry.body, type="html")
    else:
        # It refuses an entry that has neither.
        element.link(href=entry.url)


def _distinct(updated: datetime, guid: str) -> datetime:
    """`updated` with a fraction of a second, made from `guid` if it has none."""
    # Imported entries often share one whole second, and validators refuse two entries with one `updated`
    # (DuplicateUpdated). The fraction is the entry's own, so it neither depends on its neighbours nor moves, and a
    # change in a later second still has a later value.
    if updated.microsecond:
        return updated
    return updated.replace(microsecond=crc32(guid.encode()) % 999_999 + 1)


FORMAT = Format("atom", "Atom", "application/atom+xml", write, has_tombstones=True)
