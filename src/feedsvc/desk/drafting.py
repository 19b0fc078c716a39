"""What an unpublished article is kept as: the item that it is to be published from."""

from datetime import UTC, datetime
from typing import Any

from feedsvc.copydesk import Article
from feedsvc.feed import Correction, Entry, Tag
from feedsvc.formats.jsonfeed import item
from feedsvc.text import rfc3339

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def item_of(article: Article) -> dict[str, Any]:
    """The item that an unpublished article is kept as: what `edit` made of it, and would make of it again."""
    published = article.published
    entry = Entry(
        number=0,
        guid=article.guid,
        uri=article.guid,
        url="",
        slug=article.slug,
        title=article.title,
        summary=article.summary,
        body=article.body,
        language=article.language,
        published=published or _NEVER,
        updated=_NEVER,
        authors=article.authors,
        tags=tuple(Tag(label.text, label.slug, "") for label in article.labels),
        image=article.image,
        attachments=article.attachments,
        source=article.source,
        translation_of=article.translation_of,
        corrections=tuple(Correction(at, text) for at, text in article.corrections or () if at),
    )
    found = item(entry)
    for name in ("url", "date_modified", *(() if published else ("date_published",))):
        del found[name]
    if not article.slug:
        del found["_feedsvc"]["slug"]
    if article.expires:
        found["_feedsvc"]["expires"] = rfc3339(article.expires)
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The members of two items that are not the same in both, those of `_feedsvc` among them."""
    extension = before.get("_feedsvc", {}), after.get("_feedsvc", {})
    pairs = (before | extension[0], after | extension[1])
    names = {name for pair in pairs for name in pair} - {"_feedsvc"}
    return sorted(name for name in names if pairs[0].get(name) != pairs[1].get(name))
