"""RSS 2.0 with the atom, content, dc, media and sy modules."""

import html
import re

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedsvc.feed import Entry, Feed
from feedsvc.formats.elements import RssEntryElements, RssFeedElements, ttl_minutes
from feedsvc.formats.format import Format

# HTML Living Standard, tag open state: what after "<" begins a tag or comment; anything else is a plain "<".
_TAG_OPEN = re.compile(r"<[A-Za-z/!?]")


def write(feed: Feed) -> bytes:
    """`feed` as an RSS 2.0 document in UTF-8, entries in their order (www.rssboard.org/rss-specification).

    Raises `ValueError` for text with characters that XML 1.0 forbids.
    """
    channel = FeedGenerator()
    # feedgen fills this with the time of the call and offers no way to leave it out; our extension writes the date of
    # the last change instead. Through `updated()` it would be formatted under setlocale, for all threads at once.
    channel._FeedGenerator__rss_lastBuildDate = None
    channel.register_extension("feedsvc", RssFeedElements, RssEntryElements, atom=False)
    channel.feedsvc.feed = feed
    channel.feedsvc.media_type = FORMAT.media_type
    channel.title(feed.title)
    channel.description(feed.description)
    channel.link(href=feed.addresses[FORMAT.name], rel="self", type=FORMAT.media_type)
    # The last link given becomes the channel's <link>: it has to be the site's page.
    channel.link(href=feed.home)
    channel.language(feed.language)
    channel.generator("feedsvc")
    channel.ttl(ttl_minutes(feed.ttl))
    if feed.logo:
        channel.logo(feed.logo)
    if feed.copyright:
        channel.rights(feed.copyright)
    for entry in feed.entries:
        _add(channel.add_entry(order="append"), entry)
    document: bytes = channel.rss_str()
    return document


def _add(item: FeedEntry, entry: Entry) -> None:
    item.feedsvc.entry = entry
    item.guid(entry.guid, permalink=False)
    item.title(entry.title)
    if entry.summary:
        item.description(_as_html(entry.summary))


def _as_html(text: str) -> str:
    """`text` such that an HTML reader shows it as it is, changed only if it would not: descriptions are HTML."""
    if _TAG_OPEN.search(text) or html.unescape(text) != text:
        return html.escape(text, quote=False)
    return text


FORMAT = Format("rss", "RSS", "application/rss+xml", write)
