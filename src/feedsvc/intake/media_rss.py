"""Media RSS, read and taken out of a feed before feedparser sees it.

feedparser takes the title and description of a picture for those of the article, and keeps all credits of an entry in
one list; so the pictures and their captions are read here, and what would be mistaken is removed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from mimetypes import MimeTypes

from lxml import etree

from feedsvc.seen import text_of
from feedsvc.text import one_line

_MRSS = re.compile(r"\{https?://search\.yahoo\.com/mrss/?\}", re.IGNORECASE)
_ITUNES_SUMMARY = re.compile(r"\{https?://www\.itunes\.com/dtds/podcast-1\.0\.dtd\}summary", re.IGNORECASE)
# Python's own table only, whatever the machine has in its mime.types.
_types = MimeTypes()
_TEXTS = frozenset({"description", "encoded", "summary", "content"})


@dataclass(frozen=True, slots=True)
class Medium:
    """One `media:content` or `media:thumbnail`; `size` in bytes, `duration` in seconds, `width` and `height` in pixels
    or 0."""

    url: str
    mime_type: str | None = None
    kind: str = ""
    width: int = 0
    height: int = 0
    size: int | None = None
    duration: float | None = None
    title: str | None = None
    credit: str | None = None
    alt: str | None = None


@dataclass(slots=True)
class EntryMedia:
    """The media of one entry in document order, and the description that is all an entry without text has."""

    contents: list[Medium] = field(default_factory=list)
    thumbnails: list[Medium] = field(default_factory=list)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Lifted:
    """A feed without its media texts (UTF-8 when `media` is not empty), the media of each entry, and where it breaks.

    `fault` is "" for a well-formed document, else the line from which it is not, and why. `media` is empty when
    nothing could be taken out: the document is then as it was.
    """

    document: bytes
    media: list[EntryMedia]
    fault: str = ""


def lift(document: bytes, encoding: str | None, lines_before: int = 0) -> Lifted:
    """Take the Media RSS out of a feed; `encoding` overrides what the document says. Nothing is ever fetched."""
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        reason = (error.msg or "it is empty").split(", line ")[0]
        return Lifted(document, [], f"line {lines_before + (error.lineno or 1)} on: {reason}")
    # What entities mean is said in the DTD, which serialising only the root would lose.
    if root.getroottree().docinfo.internalDTD is not None:
        return Lifted(document, [])
    media = [_entry_media(entry) for entry in root.iter() if _name(entry).lower() in ("item", "entry")]
    return Lifted(etree.tostring(root, encoding="utf-8", xml_declaration=True), media)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _media_name(element: etree._Element) -> str:
    return _name(element) if isinstance(element.tag, str) and _MRSS.match(element.tag) else ""


def _entry_media(entry: etree._Element) -> EntryMedia:
    found = EntryMedia()
    description = _raw_text_at(entry, "description")
    for element in entry:
        if _media_name(element) == "group":
            description = _raw_text_at(element, "description") or description
            # Media RSS 1.5.1: the contents of a group are the same thing in different renditions.
            renditions = [child for child in element if _media_name(child) == "content"]
            found.contents += [medium for best in _best(renditions) if (medium := _medium(best, element, entry))]
        elif _media_name(element) == "content" and (medium := _medium(element, entry)):
            found.contents.append(medium)
    thumbnails = (element for element in entry.iter() if _media_name(element) == "thumbnail")
    found.thumbnails = [medium for element in thumbnails if (medium := _medium(element, entry))]
    texts = (child for child in entry if _name(child) in _TEXTS and not _media_name(child))
    has_text = any(not _ITUNES_SUMMARY.match(str(child.tag)) for child in texts)
    if description and not has_text:
        found.description = description.strip()
        description = one_line(description)
        found.contents = [replace(one, alt=None) if one.alt == description else one for one in found.contents]
    _remove_mistakable(entry, has_text)
    return found


def _best(renditions: list[etree._Element]) -> Iterator[etree._Element]:
    if renditions:
        yield max(renditions, key=lambda one: (one.get("isDefault") == "true", positive(one.get("width")) or 0))


def _medium(element: etree._Element, *around: etree._Element) -> Medium | None:
    url = (element.get("url") or "").strip()
    if not url:
        return None
    # What stands in the group or in the entry itself holds for all media in it.
    scopes = (element, *around)
    mime_type = element.get("type") or None
    return Medium(
        url=url,
        mime_type=mime_type,
        kind=element.get("medium") or kind_of(url, mime_type),
        width=positive(element.get("width")) or 0,
        height=positive(element.get("height")) or 0,
        size=positive(element.get("fileSize")),
        duration=float(positive(element.get("duration")) or 0) or None,
        title=_first(scopes, "title"),
        credit=_first(scopes, "credit"),
        alt=_first(scopes, "description"),
    )


def _first(scopes: tuple[etree._Element, ...], name: str) -> str | None:
    return next((text for scope in scopes if (text := _text_at(scope, name))), None)


def _text_at(scope: etree._Element, name: str) -> str | None:
    return one_line(_raw_text_at(scope, name)) or None


def _raw_text_at(scope: etree._Element, name: str) -> str:
    for child in scope:
        if _media_name(child) == name:
            text = "".join(map(str, child.itertext()))
            return text_of(text) if child.get("type") == "html" else text
    return ""


def kind_of(url: str, mime_type: str | None) -> str:
    """`image`, `audio`, `video`, another major media type, or "" when neither type nor file name tells."""
    return (mime_type or _types.guess_type(url.partition("?")[0])[0] or "").split("/")[0].lower()


def positive(digits: str | None) -> int | None:
    """The positive integer of at most 18 digits, more of which no file has and no database holds; else None."""
    return int(digits) or None if digits and re.fullmatch("[0-9]{1,18}", digits.strip()) else None


def _remove_mistakable(entry: etree._Element, has_text: bool) -> None:
    for element in list(entry.iter()):
        mistakable = _media_name(element) in ("title", "description") or (
            has_text and _ITUNES_SUMMARY.match(str(element.tag))
        )
        parent = element.getparent()
        if mistakable and parent is not None:
            parent.remove(element)
