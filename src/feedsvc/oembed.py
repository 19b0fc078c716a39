"""What oEmbed 1.0 says of a page of ours (oembed.com): a frame to show in its place, or, where there is no room for
one, a link."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.etree import Element, SubElement, tostring
from markupsafe import Markup

from feedsvc.config import Config
from feedsvc.feed import Entry
from feedsvc.looks import CARD_HEIGHT, PLAIN, WIDTH, Look, read_number
from feedsvc.selection import Selection
from feedsvc.urls import Urls

# In anything narrower, lines break that a frame has no room for.
_NARROWEST = 260
# What a frame of ours does: its script tells how tall it is, and its links open beside the page around it.
_FRAME = Markup(
    '<iframe src="{src}" width="{width}" height="{height}" title="{title}" loading="lazy" style="border:0" '
    'sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"></iframe>'
)

Word = Mapping[str, Any]
"""An answer by its parameters, as section 2.3.4 of the specification has them."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The room there is, in CSS pixels: `maxwidth` and `maxheight`; 0 where there is no bound."""

    width: int = 0
    height: int = 0

    @property
    def asked(self) -> tuple[tuple[str, int], ...]:
        """The bounds that are any, as parameters of an address."""
        return tuple((name, value) for name, value in (("maxwidth", self.width), ("maxheight", self.height)) if value)

    def hold(self, width: int, height: int) -> bool:
        """Whether there is room for something of that size."""
        return width <= (self.width or width) and height <= (self.height or height)


def read_bounds(asked: Mapping[str, str]) -> Bounds:
    """The bounds that the parameters of an address ask for; what cannot be read is none."""
    return Bounds(*(read_number(asked.get(name, "")) or 0 for name in ("maxwidth", "maxheight")))


def of_article(entry: Entry, config: Config, bounds: Bounds) -> Word:
    """What is said of an article."""
    own: dict[str, Any] = {}
    if entry.authors:
        own["author_name"] = ", ".join(author.name for author in entry.authors)
    picture = entry.image
    if picture and picture.width and picture.height and bounds.hold(picture.width, picture.height):
        # None of the three stands without the others (section 2.3.4.1).
        own |= {"thumbnail_url": picture.url, "thumbnail_width": picture.width, "thumbnail_height": picture.height}
    address = Urls(config.base_url).card(entry.slug, PLAIN)
    return _word(config, entry.title, own, _framed(address, entry.title, bounds, CARD_HEIGHT))


def of_selection(selection: Selection, title: str, config: Config, bounds: Bounds) -> Word:
    """What is said of the page of a selection that is called `title`: as many headlines as there is room for."""
    looks = [Look(count) for count in range(PLAIN.count, 0, -1)]
    look = next((look for look in looks if bounds.hold(0, look.height)), looks[-1])
    address = Urls(config.base_url).frame(selection, look)
    return _word(config, title, {}, _framed(address, title, bounds, look.height))


def write_json(word: Word) -> bytes:
    """The answer as JSON."""
    return json.dumps(word, ensure_ascii=False, separators=(",", ":")).encode()


def write_xml(word: Word) -> bytes:
    """The answer as XML (section 2.3.4.3)."""
    root = Element("oembed")
    for name, value in word.items():
        SubElement(root, name).text = str(value)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True, standalone=True)
    return document


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the answer: its media type, and how it is written."""

    content_type: str
    write: Callable[[Word], bytes]


FORMS: Mapping[str, Form] = {
    "json": Form("application/json; charset=utf-8", write_json),
    "xml": Form("text/xml; charset=utf-8", write_xml),
}


def _framed(address: str, title: str, bounds: Bounds, height: int) -> dict[str, Any]:
    width = min(WIDTH, bounds.width or WIDTH)
    if width < _NARROWEST or not bounds.hold(width, height):
        return {"type": "link"}
    html = _FRAME.format(src=address, width=width, height=height, title=title)
    return {"type": "rich", "html": str(html), "width": width, "height": height}


def _word(config: Config, title: str, own: Mapping[str, Any], shown: Mapping[str, Any]) -> Word:
    return {
        "version": "1.0",
        **shown,
        "title": title,
        **own,
        "provider_name": config.title,
        "provider_url": Urls(config.base_url).home(),
        "cache_age": config.max_age,
    }
