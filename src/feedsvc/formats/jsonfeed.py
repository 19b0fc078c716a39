"""JSON Feed 1.1 (www.jsonfeed.org/version/1.1)."""

import json
from typing import Any

from feedsvc.feed import Author, Entry, Feed, Media
from feedsvc.formats.format import Format
from feedsvc.formats.links import links_for
from feedsvc.text import rfc3339


def write(feed: Feed) -> bytes:
    """`feed` as a JSON Feed 1.1 document in UTF-8, entries in their order.

    `next_url` is the first link with rel `next`, else `prev-archive`; each `hub` link is a WebSub hub.
    Raises `ValueError` for text with lone surrogates.
    """
    links = tuple(links_for(feed, FORMAT.media_type))
    onward = [link.href for rel in ("next", "prev-archive") for link in links if link.rel == rel]
    hubs = [{"type": "WebSub", "url": link.href} for link in links if link.rel == "hub"]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.addresses[FORMAT.name],
        **_present("description", feed.description),
        **_present("next_url", onward[0] if onward else ""),
        **_present("icon", feed.logo),
        "authors": [_author(feed.author)],
        "language": feed.language,
        **_present("hubs", hubs),
        "items": [item(entry) for entry in feed.entries],
        "_feedsvc": {"updated": rfc3339(feed.updated.replace(microsecond=0))},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def item(entry: Entry) -> dict[str, Any]:
    """`entry` as a JSON Feed item that `feedsvc.item.read_item` reads; captions and slug stand under `_feedsvc`.

    `content_html` is there even if empty, as an item must have a content. Keys always stand in the same order.
    """
    image = entry.image
    return {
        "id": entry.guid,
        "url": entry.url,
        **_present("external_url", entry.source),
        "title": entry.title,
        "content_html": entry.body,
        **_present("summary", entry.summary),
        **_present("image", image.url if image else ""),
        "date_published": rfc3339(entry.published),
        "date_modified": rfc3339(entry.updated),
        **_present("authors", [_author(author) for author in entry.authors]),
        **_present("tags", [tag.label for tag in entry.tags]),
        "language": entry.language,
        **_present("attachments", [_attachment(media) for media in entry.attachments]),
        "_feedsvc": {
            "slug": entry.slug,
            **_present("image", _caption(image) if image else {}),
            **_present("translation_of", entry.translation_of),
            **_present("corrections", [{"date": rfc3339(each.at), "text": each.text} for each in entry.corrections]),
        },
    }


def _present(key: str, value: Any) -> dict[str, Any]:
    return {key: value} if value else {}


def _author(author: Author) -> dict[str, Any]:
    return {"name": author.name, **_present("url", author.url or (author.email and f"mailto:{author.email}"))}


def _attachment(media: Media) -> dict[str, Any]:
    return {
        "url": media.url,
        "mime_type": media.type or "application/octet-stream",
        **_present("title", media.title),
        **_present("size_in_bytes", media.length),
        **_present("duration_in_seconds", media.duration),
        **_present("_feedsvc", _caption(media)),
    }


def _caption(media: Media) -> dict[str, Any]:
    return {name: value for name in ("credit", "alt", "width", "height") if (value := getattr(media, name))}


FORMAT = Format("json", "JSON Feed", "application/feed+json", write)
