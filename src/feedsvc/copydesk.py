"""The copy desk: an item as it was handed in becomes an article fit to print, or is sent back with the reason."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from mimetypes import MimeTypes
from typing import Any

from feedsvc.addresses import absolute_uri
from feedsvc.errors import Rejected
from feedsvc.feed import Author, Correction, Media
from feedsvc.item import Attachment, Caption, Extension, Item, ItemAuthor, Status
from feedsvc.languages import canonical_language
from feedsvc.markup import sanitise
from feedsvc.seen import text_of
from feedsvc.slugs import slugify
from feedsvc.text import cut_at_word, legal, one_line, paragraphs

SUMMARY_LENGTH = 300
SLUG_LENGTH = 250
_CLOCK_SKEW = timedelta(minutes=5)
_WIDEST = 100_000
_LIMITS = {"/id": 2_000, "/title": 1_000, "/summary": 20_000, "/content": 4_000_000, "/tags": 200}
_LIMITS |= {"/_feedsvc/correction": 2_000, "/_feedsvc/translation_of": 2_000}
# Python's own table only: the machine's mime.types would make one article two feeds on two machines.
_types = MimeTypes()
for _kind in ("avif", "heic", "jxl", "webp"):
    _types.add_type(f"image/{_kind}", f".{_kind}")


@dataclass(frozen=True, slots=True)
class Label:
    """A tag as it was written, and the slug that it is known by."""

    text: str
    slug: str


@dataclass(frozen=True, slots=True)
class Retraction:
    """That an article is not to be shown any more: since when (UTC, None is now), and why."""

    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article ready to be stored: clean, absolute, bounded. What the item left open is None or empty.

    `corrections` (when, UTC, or None, and what) are all there are, or None for those on file; `correction` is one more.
    `keeps_expiry` is whether the item said nothing of an expiry, and not that there is none.
    """

    guid: str
    slug: str
    title: str
    summary: str
    body: str
    language: str
    source: str
    authors: tuple[Author, ...]
    labels: tuple[Label, ...]
    image: Media | None
    attachments: tuple[Media, ...]
    published: datetime | None
    updated: datetime | None
    status: Status | None = None
    retraction: Retraction | None = None
    expires: datetime | None = None
    keeps_expiry: bool = False
    corrections: tuple[tuple[datetime | None, str], ...] | None = None
    correction: str = ""
    translation_of: str = ""

    def corrected(self, on_file: Sequence[Correction], now: datetime) -> "Article":
        """The same with all its corrections, each with its date: those without are on file, or of `now` (UTC)."""
        dates = {correction.text: correction.at for correction in on_file}
        known = [(each.at, each.text) for each in on_file] if self.corrections is None else self.corrections
        texts = [text for _, text in known]
        # Handed in once more, it is the same correction still.
        added = [(None, self.correction)] if self.correction and self.correction not in texts[-1:] else []
        return replace(self, corrections=tuple((at or dates.get(text, now), text) for at, text in [*known, *added]))

    def digest(self) -> str:
        """A hash of what readers get of it; dates and the slug are compared on their own."""
        content: list[Any] = [
            self.title,
            self.summary,
            self.body,
            self.language,
            self.source,
            [(author.name, author.url, author.email) for author in self.authors],
            [label.slug for label in self.labels],
            _media_fields(self.image) if self.image else None,
            [_media_fields(media) for media in self.attachments],
        ]
        if self.corrections:
            # Version 0.3 knew none: what has none must not count as changed.
            content.append([(at.isoformat() if at else "", text) for at, text in self.corrections])
        if self.translation_of:
            content.append(self.translation_of)  # which version 0.4 did not know
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def edit(item: Item, *, base_url: str, language: str, now: datetime, most: int = 100) -> Article:
    """The article that `item` describes, with `base_url` and `language` for what it leaves open, and at most `most`
    tags, authors, attachments and corrections.

    Raises `Rejected` with the field and the reason. Dates more than five minutes after `now` (UTC) are refused, but for
    the moment at which an article that waits is to be published.
    """
    extension = item.feedsvc
    lists = {"/tags": item.tags, "/authors": item.authors, "/attachments": item.attachments}
    for where, members in (lists | {"/_feedsvc/corrections": extension.corrections}).items():
        if members and len(members) > most:
            raise Rejected(f"has {len(members):,} members, more than {most:,}", where)
    retraction = None
    if extension.status in ("retracted", "expired"):
        retracted = _not_later("/_feedsvc/retracted", extension.retracted, now)
        retraction = Retraction(retracted, one_line(extension.reason or ""))
    waiting = extension.status in ("draft", "scheduled")
    if extension.status == "scheduled" and (item.date_published is None or item.date_published <= now):
        raise Rejected("must say when it is to be published, in the future", "/date_published")
    base = absolute_uri(item.url or "") or f"{base_url}/"
    body, text = _body(item, base)
    title = _bounded("/title", one_line(item.title or ""))
    if not title and retraction is None and extension.status != "draft":
        raise Rejected("the article has no title", "/title")
    return Article(
        guid=_bounded("/id", one_line(item.id or "")),
        slug=_slug(extension.slug),
        title=title,
        summary=_bounded("/summary", one_line(item.summary or "")) or cut_at_word(text, SUMMARY_LENGTH),
        body=body,
        language=_language(item.language, language),
        source=_source(item, base_url),
        authors=tuple(_authors(item)),
        labels=tuple(_labels(item.tags or [])),
        image=_image(item, base),
        attachments=tuple(_attachment(each, n, base) for n, each in enumerate(item.attachments or [])),
        published=item.date_published if waiting else _not_later("/date_published", item.date_published, now),
        updated=_revised("/date_modified", item.date_modified, now),
        status=extension.status,
        retraction=retraction,
        expires=_expiry(extension, now) if retraction is None else None,
        keeps_expiry="expires" not in extension.model_fields_set,
        corrections=_corrections(extension, now),
        correction=_bounded("/_feedsvc/correction", one_line(extension.correction or "")),
        translation_of=_original(item),
    )


def _bounded(where: str, value: str) -> str:
    limit = _LIMITS[where]
    if len(value) > limit:
        raise Rejected(f"has {len(value):,} characters, more than {limit:,}", where)
    return value


def _body(item: Item, base: str) -> tuple[str, str]:
    if item.content_html and item.content_html.strip():
        body = sanitise(_bounded("/content", item.content_html), base)
        return body, text_of(body)
    text = legal(_bounded("/content", item.content_text or ""))
    return paragraphs(text), one_line(text)


def _slug(wanted: str | None) -> str:
    if not wanted:
        return ""
    slug = slugify(wanted, SLUG_LENGTH)
    if not slug:
        raise Rejected(f"{wanted!r} has no letter or digit that an address could carry", "/_feedsvc/slug")
    return slug


def _language(wanted: str | None, default: str) -> str:
    if not wanted:
        return default
    try:
        return canonical_language(wanted)
    except ValueError as error:
        raise Rejected(str(error), "/language") from None


def _original(item: Item) -> str:
    guid = _bounded("/_feedsvc/translation_of", one_line(item.feedsvc.translation_of or ""))
    if guid and guid == one_line(item.id or ""):
        raise Rejected("is the article itself", "/_feedsvc/translation_of")
    return guid


def _expiry(extension: Extension, now: datetime) -> datetime | None:
    if extension.expires is not None and extension.expires <= now:
        raise Rejected("has passed already", "/_feedsvc/expires")
    return extension.expires


def _corrections(extension: Extension, now: datetime) -> tuple[tuple[datetime | None, str], ...] | None:
    if extension.corrections is None:
        return None
    corrections = []
    for n, each in enumerate(extension.corrections):
        at = _not_later(f"/_feedsvc/corrections/{n}/date", each.date, now)
        if text := _bounded("/_feedsvc/correction", one_line(each.text)):
            corrections.append((at, text))
    return tuple(corrections)


def _source(item: Item, base_url: str) -> str:
    for address in (item.external_url, item.url):
        uri = absolute_uri(address or "")
        if uri and not uri.startswith(f"{base_url}/"):
            return uri
    return ""


def _authors(item: Item) -> Iterable[Author]:
    seen = set()
    for author in item.authors or ([item.author] if item.author else []):
        edited = _author(author)
        if edited.name and edited not in seen:
            seen.add(edited)
            yield edited


def _author(author: ItemAuthor) -> Author:
    url = one_line(author.url or "")
    email = url[len("mailto:") :] if url.lower().startswith("mailto:") else ""
    address = "" if email else absolute_uri(url) or ""
    return Author(one_line(author.name or "") or email.partition("@")[0] or address, address, email)


def _labels(tags: list[str]) -> Iterable[Label]:
    seen = set()
    for n, tag in enumerate(tags):
        text = one_line(tag)
        slug = slugify(text)
        if not slug:
            raise Rejected(f"{text!r} has no letter or digit that an address could carry", f"/tags/{n}")
        if slug not in seen:
            seen.add(slug)
            yield Label(_bounded("/tags", text), slug)


def _image(item: Item, base: str) -> Media | None:
    address = item.image or item.banner_image
    if not address:
        return None
    url = absolute_uri(address, base)
    if url is None:
        raise Rejected(f"{address!r} is not an http(s) address", "/image")
    caption = item.feedsvc.image
    guessed = _types.guess_type(url)[0] or ""
    kind = guessed if guessed.startswith("image/") else "image/jpeg"
    return Media(url, kind, **_captioned(caption))


def _attachment(attachment: Attachment, n: int, base: str) -> Media:
    url = absolute_uri(attachment.url, base)
    if url is None:
        raise Rejected(f"{attachment.url!r} is not an http(s) address", f"/attachments/{n}/url")
    return Media(
        url,
        one_line(attachment.mime_type or "") or _types.guess_type(url)[0] or "application/octet-stream",
        length=attachment.size_in_bytes or 0,
        title=one_line(attachment.title or ""),
        duration=round(attachment.duration_in_seconds or 0),
        **_captioned(attachment.feedsvc),
    )


def _captioned(caption: Caption) -> dict[str, Any]:
    sides = caption.width or 0, caption.height or 0
    # A page reserves room by both or not at all, and what feeds say of a picture that nobody has measured is no size.
    width, height = sides if all(0 < side <= _WIDEST for side in sides) else (0, 0)
    credit, alt = one_line(caption.credit or ""), one_line(caption.alt or "")
    return {"credit": credit, "alt": alt, "width": width, "height": height}


def _not_later(where: str, moment: datetime | None, now: datetime) -> datetime | None:
    if moment is not None and moment > now + _CLOCK_SKEW:
        raise Rejected(f"{moment.isoformat()} lies in the future", where)
    return min(moment, now) if moment else None


def _revised(where: str, moment: datetime | None, now: datetime) -> datetime | None:
    # A date that a fast clock puts just ahead of ours says no more than "now"; kept as a date, each import of the
    # same item would find it newer than the last.
    return _not_later(where, moment, now) if moment is None or moment <= now or moment > now + _CLOCK_SKEW else None


def _media_fields(media: Media) -> list[str | int]:
    # Version 0.2 knew no size: what has none must not count as changed.
    size = [media.width, media.height] if media.width else []
    return [media.url, media.type, media.length, media.title, media.credit, media.alt, media.duration, *size]
