"""RSS, RDF and Atom in every version that feedparser knows, as submissions."""

import io
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from feedsvc.addresses import absolute_uri
from feedsvc.errors import Rejected, Unreadable
from feedsvc.intake.entry_media import media
from feedsvc.intake.entry_text import headline, words
from feedsvc.intake.media_rss import EntryMedia, lift
from feedsvc.intake.source import Source
from feedsvc.intake.submission import Submission
from feedsvc.intake.xml_bytes import is_utf8, mend
from feedsvc.item import Item, read_item
from feedsvc.languages import canonical_language

_UTF8 = {"content-type": "application/xml; charset=utf-8"}


def read_feed(source: Source) -> Iterator[Submission]:
    """The entries of an RSS, RDF or Atom document, in its order; nothing is ever fetched.

    A document that is not well-formed gives what can be read of it, and a submission without item that says from
    which line on it is damaged. Raises `Unreadable` when there is no feed in it, or more than 64 MiB.
    """
    source.opening()
    lines_before = source.line_number
    document = mend(source.whole())
    lifted = lift(document, "utf-8" if is_utf8(document) else None, lines_before)
    parsed = _parsed(lifted.document, bool(lifted.media) or is_utf8(document), source.name)
    if not parsed["version"]:
        fault = f"; it is not well-formed from {lifted.fault}" if lifted.fault else ""
        raise Unreadable(f"{source.name}: there is no RSS, RDF or Atom feed in it{fault}")
    entries = [dict(entry) for entry in parsed["entries"]]
    media_of = lifted.media if len(lifted.media) == len(entries) else [EntryMedia() for _ in entries]
    for number, (entry, entry_media) in enumerate(zip(entries, media_of, strict=True), 1):
        place = f"entry {number}"
        try:
            yield Submission(place, _item(entry, entry_media, dict(parsed["feed"]), parsed["version"]))
        except Rejected as error:
            yield Submission(place, reason=str(error))
    if lifted.fault and isinstance(parsed.get("bozo_exception"), SAXException):
        yield Submission("document", reason=f"the document is not well-formed from {lifted.fault}")


def _parsed(document: bytes, utf8: bool, name: str) -> dict[str, Any]:
    try:
        # Given bytes or a string, feedparser would look for a file or an address of that name.
        return dict(
            feedparser.parse(
                io.BytesIO(document),
                response_headers=_UTF8 if utf8 else {},
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        )
    except Exception as error:
        # Its second parser, for what is not well-formed, raises whatever the text happens to provoke.
        raise Unreadable(f"{name}: it is too damaged to be read as a feed ({error})") from error


def _item(entry: dict[str, Any], lifted: EntryMedia, feed: dict[str, Any], version: str) -> Item:
    site = absolute_uri(feed.get("link") or "")
    page = _page(entry, site)
    identity = (entry.get("id") or "").strip() or page
    if not identity:
        raise Rejected("it has neither a guid (or id) nor a link")
    published = _moment(entry, "published") or _moment(entry, "created")
    updated = _moment(entry, "updated")
    text = words(entry, page, site)
    if not text and lifted.description:
        text = {"content_text": lifted.description}
    # RFC 4287 section 4.2.1: the author of a feed is the author of its entries. RSS says no such thing.
    authors = entry.get("authors") or (feed.get("authors") if version.startswith("atom") else None)
    return read_item(
        {
            "id": identity,
            "url": page,
            "title": headline(entry),
            "date_published": published or updated,
            "date_modified": updated,
            "authors": _authors(authors or [], page or site) or None,
            "tags": _tags(entry.get("tags", [])) or None,
            "language": _language(entry, feed),
            **text,
            **media(entry, lifted, page or site),
        }
    )


def _page(entry: dict[str, Any], site: str | None) -> str | None:
    """The article's address: FeedBurner's note of the original, the link, a guid that is one, another alternate."""
    for address in (entry.get("feedburner_origlink"), entry.get("link")):
        # A guid that says it is a permalink and is not must not become a page of the site.
        base = None if address == entry.get("id") else site
        if address and (uri := absolute_uri(address, base)):
            return uri
    links = (link["href"] for link in entry.get("links", ()) if link.get("rel") == "alternate" and link.get("href"))
    return next((uri for link in links if (uri := absolute_uri(link, site))), None)


def _moment(entry: dict[str, Any], key: str) -> datetime | None:
    written = (entry.get(key) or "").strip()
    if not written:
        return None
    try:
        parsed = entry.get(f"{key}_parsed")
        if parsed is None:
            # Newspapers write the day of the week in their own language, which says nothing more than the date.
            moment = parsedate_to_datetime(written.partition(",")[2])
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Rejected(f"its date {written[:60]!r} is not a date") from None


def _authors(people: list[dict[str, Any]], base: str | None) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    for person in people:
        # feedparser leaves this of `Name (mailto:name@host)`, which RSS 1.0 feeds write.
        name = (person.get("name") or "").strip().removesuffix("(mailto:").strip() or None
        email = (person.get("email") or "").strip()
        url = absolute_uri(person.get("href") or "", base) if person.get("href") else None
        author = {"name": name, "url": url or (f"mailto:{email}" if email else None)}
        if any(author.values()) and author not in found:
            found.append(author)
    return found


def _tags(tags: list[dict[str, Any]]) -> list[str]:
    names = (" ".join((tag.get("label") or tag.get("term") or "").split()) for tag in tags)
    return list({unicodedata.normalize("NFC", name).casefold(): name for name in names if name}.values())


def _language(entry: dict[str, Any], feed: dict[str, Any]) -> str | None:
    details = [*entry.get("content", ()), entry.get("title_detail", {}), entry.get("summary_detail", {})]
    for tag in (entry.get("language"), *(detail.get("language") for detail in details), feed.get("language")):
        try:
            if tag:
                return canonical_language(tag)
        except ValueError:
            continue
    return None
