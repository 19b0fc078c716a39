"""What feedgen cannot write, as extensions of it that read our own frozen values."""

import html
from datetime import datetime
from email.utils import format_datetime

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml.etree import PI, SubElement, _Element

from feedsvc.feed import Author, Entry, Feed, Link, Media
from feedsvc.formats.links import links_for
from feedsvc.text import rfc3339

_ATOM = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_HISTORY = "{http://purl.org/syndication/history/1.0}"
_TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
_SY = "{http://purl.org/rss/1.0/modules/syndication/}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MEDIUMS = frozenset({"image", "audio", "video"})


def ttl_minutes(seconds: int) -> int:
    """How long a feed may be kept, in whole minutes for RSS: rounded up, and at least one."""
    return max(1, -(-seconds // 60))


class RssFeedElements(BaseExtension):  # type: ignore[misc] # feedgen ships no types
    """The stylesheet, the channel's lastBuildDate, syndication hints and further atom:link elements, once `feed` is
    set."""

    feed: Feed
    media_type: str

    def extend_ns(self) -> dict[str, str]:
        """The namespaces of our channel and item elements, by prefix."""
        return {"dc": _DC[1:-1], "media": _MEDIA[1:-1], "sy": _SY[1:-1]}

    def extend_rss(self, rss: _Element) -> None:
        """Append our elements to the channel of `rss`, and put the stylesheet before it."""
        _stylesheet(rss, self.feed.stylesheet)
        channel = rss[0]
        _date(channel, "lastBuildDate", self.feed.updated)
        # feedgen's own syndication extension spells the names UpdatePeriod, which no reader looks for.
        minutes = ttl_minutes(self.feed.ttl)
        period, length = ("hourly", 60) if minutes <= 60 else ("daily", 24 * 60)
        _text(channel, f"{_SY}updatePeriod", period)
        _text(channel, f"{_SY}updateFrequency", str(max(1, length // minutes)))
        for link in links_for(self.feed, self.media_type):
            _link(channel, f"{_ATOM}link", link)
        _archive(channel, self.feed)


class RssEntryElements(BaseEntryExtension):  # type: ignore[misc] # feedgen ships no types
    """An item's link, full text, categories, date, authors and media, once `entry` is set.

    feedgen could write some of them, and would check each against the fields it knows for longer than it writes.
    """

    entry: Entry

    def extend_rss(self, item: _Element) -> None:
        """Append our elements to `item`; feedgen has written the description before them."""
        entry = self.entry
        _text(item, "link", entry.url)
        if entry.body:
            # Given to feedgen, the body of an entry without a summary would become its description.
            _text(item, f"{_CONTENT}encoded", entry.body)
        for tag in entry.tags:
            _text(item, "category", tag.label)
        # RSS allows one enclosure; all media stand as media:content.
        if enclosure := entry.attachments[0] if entry.attachments else entry.image:
            fields = {"url": enclosure.url, "length": str(enclosure.length)}
            SubElement(item, "enclosure", fields | {"type": enclosure.type or "application/octet-stream"})
        _date(item, "pubDate", entry.published)
        for author in entry.authors:
            _text(item, f"{_DC}creator", author.name)
        for media in (entry.image, *entry.attachments):
            if media is not None:
                _media(item, media)


class AtomFeedElements(BaseExtension):  # type: ignore[misc] # feedgen ships no types
    """The stylesheet, the feed's further links and its tombstones, once `feed` is set: feedgen refuses relations that
    it does not list."""

    feed: Feed
    media_type: str

    def extend_atom(self, root: _Element) -> None:
        """Append the links and the tombstones to the feed element `root`, and put the stylesheet before it."""
        _stylesheet(root, self.feed.stylesheet)
        for link in links_for(self.feed, self.media_type):
            _link(root, "link", link)
        _archive(root, self.feed)
        for tombstone in self.feed.tombstones:
            fields = {"ref": tombstone.uri, "when": rfc3339(tombstone.deleted)}
            # RFC 6721 section 3. Its prefix is its own: feeds that have none are to stay as they are.
            SubElement(root, f"{_TOMBSTONES}deleted-entry", fields, nsmap={"at": _TOMBSTONES[1:-1]})


class AtomEntryElements(BaseEntryExtension):  # type: ignore[misc] # feedgen ships no types
    """An entry's language, links, authors and categories, once `entry` is set.

    feedgen could write some of them, and would check each against the fields it knows for longer than it writes; the
    links of an entry it writes with href alone.
    """

    entry: Entry

    def extend_atom(self, element: _Element) -> None:
        """Complete `element`, which has no link but the one that feedgen asks of an entry without content."""
        entry = self.entry
        element.set(_XML_LANG, entry.language)
        alternate = element.find("link")
        if alternate is None:
            alternate = SubElement(element, "link")
        for name, value in (("href", entry.url), ("rel", "alternate"), ("type", "text/html")):
            alternate.set(name, value)
        for author in entry.authors:
            _person(element, author)
        for tag in entry.tags:
            category = SubElement(element, "category")
            category.set("term", tag.slug)
            category.set("label", tag.label)
        for media in (entry.image, *entry.attachments):
            if media is not None:
                _enclosure(element, media)


def _stylesheet(root: _Element, href: str) -> None:
    """Associating Style Sheets with XML documents 1.0, section 4."""
    if href:
        root.addprevious(PI("xml-stylesheet", f'type="text/css" href="{html.escape(href)}"'))


def _archive(parent: _Element, feed: Feed) -> None:
    """RFC 5005 section 4. Its prefix is its own: feeds of the present are to stay as they are."""
    if feed.archived:
        SubElement(parent, f"{_HISTORY}archive", nsmap={"fh": _HISTORY[1:-1]})


def _person(parent: _Element, author: Author) -> None:
    """RFC 4287 section 3.2."""
    person = SubElement(parent, "author")
    _text(person, "name", author.name)
    if author.email:
        _text(person, "email", author.email)
    if author.url:
        _text(person, "uri", author.url)


def _text(parent: _Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _date(parent: _Element, name: str, moment: datetime) -> None:
    # Not through feedgen: it formats with the process-wide setlocale, and other threads would see the change.
    SubElement(parent, name).text = format_datetime(moment)


def _link(parent: _Element, name: str, link: Link) -> None:
    element = SubElement(parent, name, {"href": link.href, "rel": link.rel})
    if link.type:
        element.set("type", link.type)


def _enclosure(parent: _Element, media: Media) -> None:
    element = SubElement(parent, "link", {"href": media.url, "rel": "enclosure"})
    if media.type:
        element.set("type", media.type)
    if media.length:
        element.set("length", str(media.length))
    if media.title:
        element.set("title", media.title)


def _media(parent: _Element, media: Media) -> None:
    kind = media.type.partition("/")[0]
    element = SubElement(parent, f"{_MEDIA}content", {"url": media.url})
    if media.type:
        element.set("type", media.type)
    element.set("medium", kind if kind in _MEDIUMS else "document")
    if media.length:
        element.set("fileSize", str(media.length))
    if media.duration:
        element.set("duration", str(media.duration))
    if media.width:
        element.set("width", str(media.width))
        element.set("height", str(media.height))
    for name, text in (("title", media.title), ("credit", media.credit), ("description", media.alt)):
        if text:
            _text(element, f"{_MEDIA}{name}", text)
