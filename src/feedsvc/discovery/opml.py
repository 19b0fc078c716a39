"""A list of feeds, as feed readers take them in (OPML 2.0)."""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml.etree import Element, SubElement, tostring

CONTENT_TYPE = "text/x-opml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed: its title, its address, and that of the page which shows the same."""

    title: str
    feed: str
    page: str


@dataclass(frozen=True, slots=True)
class Section:
    """Feeds that readers put into one folder. Without a title they stand in none."""

    title: str
    outlines: tuple[Outline, ...]


def write_opml(title: str, owner: str, home: str, sections: Iterable[Section]) -> bytes:
    """The document of a site with a title, an owner's name and a home page; a section without a feed is left out.

    No date stands in it: the same feeds are the same bytes.
    """
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    for name, text in (
        ("title", title),
        ("ownerName", owner),
        ("ownerId", home),
        ("docs", "http://opml.org/spec2.opml"),
    ):
        SubElement(head, name).text = text
    body = SubElement(root, "body")
    for section in sections:
        if not section.outlines:
            continue
        folder = SubElement(body, "outline", text=section.title, title=section.title) if section.title else body
        for each in section.outlines:
            # The type is "rss" whatever the format (OPML 2.0, "Subscription lists"), and the text what is shown.
            named = {"text": each.title, "title": each.title}
            SubElement(folder, "outline", named, type="rss", xmlUrl=each.feed, htmlUrl=each.page)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return document
