"""JSON Feed 1.1 documents, lists of items and single items, as submissions."""

from collections.abc import Iterator
from typing import Any

from feedsvc.errors import Rejected
from feedsvc.intake.submission import Submission
from feedsvc.item import Item, read_item

_MEMBERS = frozenset(field.alias or name for name, field in Item.model_fields.items())


def is_feed(value: Any) -> bool:
    """Whether a decoded JSON value says that it is a JSON Feed."""
    return isinstance(value, dict) and "jsonfeed.org" in str(value.get("version", ""))


def item_of(value: Any) -> Item:
    """The item that a decoded JSON value is. Raises `Rejected` when it is none."""
    if not isinstance(value, dict):
        raise Rejected("it is not a JSON object")
    if isinstance(value.get("items"), list):
        raise Rejected("it has `items`, but its `version` is not https://jsonfeed.org/version/1.1")
    if _MEMBERS.isdisjoint(value):
        raise Rejected("it has no member of a JSON Feed item, such as `id`, `title` or `content_html`")
    return read_item(value)


def submission(value: Any, place: str) -> Submission:
    """The item that a decoded JSON value is, or why it is none."""
    try:
        return Submission(place, item_of(value))
    except Rejected as error:
        return Submission(place, reason=str(error))


def items_in(feed: dict[str, Any], prefix: str = "") -> Iterator[Submission]:
    """The items of a JSON Feed with the language and authors they inherit (JSON Feed 1.1, "Top-level").

    Raises `Rejected` when `items` is not a list.
    """
    items = feed.get("items")
    if not isinstance(items, list):
        raise Rejected("it is a JSON Feed, but its `items` is not a list")
    language, authors = _inherited(feed, "language"), _inherited(feed, "authors") or _inherited(feed, "author")
    for number, item in enumerate(items, 1):
        if isinstance(item, dict):
            own_authors = {"authors", "author"} & item.keys()
            item = {**language, **({} if own_authors else authors), **item}  # noqa: PLW2901 the same item, completed
        yield submission(item, f"{prefix}item {number}")


def list_of_items(values: list[Any]) -> Iterator[Submission]:
    """A JSON array of items as submissions."""
    for number, value in enumerate(values, 1):
        yield submission(value, f"item {number}")


def _inherited(feed: dict[str, Any], member: str) -> dict[str, Any]:
    # A feed that names itself wrongly must not take all of its items with it.
    given = {member: feed[member]} if feed.get(member) else {}
    try:
        read_item(given)
    except Rejected:
        return {}
    return given
