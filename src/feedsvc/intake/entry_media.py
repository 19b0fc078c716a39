"""What an entry carries besides words: its lead image, and its enclosures as JSON Feed attachments."""

import re
from dataclasses import replace
from typing import Any

from feedsvc.addresses import absolute_uri
from feedsvc.intake.media_rss import EntryMedia, Medium, kind_of, positive

# GitHub and Reddit give the author's portrait as a thumbnail; a picture of fewer pixels than this shows no news.
_ICON = 100


def media(entry: dict[str, Any], lifted: EntryMedia, base: str | None) -> dict[str, Any]:
    """`image`, its caption under `_feedsvc`, and `attachments`, as members of a JSON Feed item.

    The lead image is the widest picture of Media RSS that is no enclosure, else the first picture that is one, else
    the entry's itunes:image, else its widest thumbnail. Addresses that cannot be made absolute are left out.
    """
    contents = _absolute(lifted.contents, base)
    enclosures = _absolute(_enclosures(entry), base)
    # What is both is told best by Media RSS, but for its type and size, which a publisher checks in the enclosure.
    for url, one in enclosures.items():
        if url in contents:
            other = contents.pop(url)
            enclosures[url] = replace(
                other,
                kind=other.kind or one.kind,
                mime_type=one.mime_type or other.mime_type,
                size=one.size or other.size,
                duration=one.duration or other.duration,
            )
    lead = _lead(contents) or _lead(enclosures)
    image = _lead_image(lead) if lead else {}
    attached = [_attachment(one) for one in (enclosures | contents).values() if one is not lead]
    return image | _other_image(entry, lifted, base, bool(lead)) | ({"attachments": attached} if attached else {})


def _absolute(found: list[Medium], base: str | None) -> dict[str, Medium]:
    # An empty address would be made the base's own.
    addressed = ((absolute_uri(one.url, base), one) for one in found if one.url.strip())
    return {url: replace(one, url=url) for url, one in addressed if url}


def _lead(found: dict[str, Medium]) -> Medium | None:
    pictures = [one for one in found.values() if one.kind == "image"]
    # max() keeps the first of equals, which is the publisher's first.
    return max(pictures, key=lambda one: one.width, default=None)


def _lead_image(medium: Medium) -> dict[str, Any]:
    return {"image": medium.url, "_feedsvc": {"image": _caption(medium)}}


def _other_image(entry: dict[str, Any], lifted: EntryMedia, base: str | None, has_lead: bool) -> dict[str, Any]:
    if has_lead:
        return {}
    image = entry.get("image")
    own = [Medium(image["href"])] if isinstance(image, dict) and image.get("href") else []
    widest = sorted((one for one in lifted.thumbnails if not 0 < one.width < _ICON), key=lambda one: -one.width)
    # What stands around a thumbnail is told of the film or the article, so nothing but its size is taken.
    found = (
        Medium(url, width=one.width, height=one.height)
        for one in [*own, *widest]
        if (url := absolute_uri(one.url, base))
    )
    return next(map(_lead_image, found), {})


def _caption(medium: Medium) -> dict[str, str | int | None]:
    return {"credit": medium.credit, "alt": medium.alt, "width": medium.width or None, "height": medium.height or None}


def _attachment(medium: Medium) -> dict[str, Any]:
    return {
        "url": medium.url,
        "mime_type": medium.mime_type,
        "title": medium.title,
        "size_in_bytes": medium.size,
        "duration_in_seconds": medium.duration,
        "_feedsvc": _caption(medium),
    }


def _enclosures(entry: dict[str, Any]) -> list[Medium]:
    found = []
    duration = _seconds(entry.get("itunes_duration"))
    for link in [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"] + _sources(entry):
        url = link.get("href") or ""
        mime_type = link.get("type") or None
        kind = kind_of(url, mime_type)
        playable = kind in ("audio", "video", "")
        found.append(
            Medium(
                url=url,
                mime_type=mime_type,
                kind=kind,
                # RSS wants a length even where none is known, and 0 is what is written then.
                size=positive(link.get("length")),
                duration=duration if playable else None,
                title=link.get("title") or None,
            )
        )
        duration = None if playable else duration
    return found


def _sources(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Atom content that stands elsewhere (RFC 4287 section 4.1.3.2): a file, unless it is the page itself."""
    contents = [content for content in entry.get("content", ()) if content.get("src")]
    return [
        {"href": content["src"], "type": content.get("type")}
        for content in contents
        if content["src"] != entry.get("link")
    ]


def _seconds(duration: Any) -> float | None:
    """An itunes:duration, `SS`, `MM:SS` or `HH:MM:SS`, in seconds; None for anything else, and for nothing."""
    if not isinstance(duration, str) or not re.fullmatch(r"\s*(\d{1,6}:){0,2}\d{1,6}\s*", duration, re.ASCII):
        return None
    seconds = 0
    for part in duration.split(":"):
        seconds = 60 * seconds + int(part)
    return float(seconds) or None
