"""The article as it is handed in and out: a JSON Feed 1.1 item, with what JSON Feed lacks under `_feedsvc`."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from feedsvc.errors import Rejected


def parse_moment(value: Any) -> Any:
    """A date in RFC 3339 (or ISO 8601) as an aware UTC datetime; one without an offset is taken as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("is not an RFC 3339 date such as 2024-05-12T09:30:00Z") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, datetime):
        try:
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            raise ValueError("lies outside the years 1 to 9999") from None
    if value is None:
        return None
    raise ValueError("is not a date; write RFC 3339 such as 2024-05-12T09:30:00Z")


def _identifier(value: Any) -> Any:
    """JSON Feed 1.1: an id of another type is coerced to a string."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _carried(value: Any) -> Any:
    """JSON can spell lone surrogates, which no encoding can carry: they are taken out of every text."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "ignore").decode()
    return value


def _number(value: Any) -> Any:
    """Front matter spells numbers as text, which is taken for what it says; a truth value is no number."""
    if isinstance(value, bool):
        raise ValueError("is not a number")  # noqa: TRY004 - of others, pydantic tells nobody
    return value


_spelled = BeforeValidator(_number, json_schema_input_type=float | str)
Text = Annotated[str, BeforeValidator(_carried, json_schema_input_type=str)]
Moment = Annotated[datetime | None, BeforeValidator(parse_moment, json_schema_input_type=str | None)]


class _Wire(BaseModel):
    # JSON Feed 1.1: what a reader does not know, it must ignore.
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ItemAuthor(_Wire):
    """A JSON Feed author: `name`, `url` (which may be `mailto:`), `avatar`; each may be missing."""

    name: Text | None = None
    url: Text | None = None
    avatar: Text | None = None


class Caption(_Wire):
    """What JSON Feed cannot say of a picture: who is to be credited, the text for those who do not see it, and its
    size in CSS pixels."""

    credit: Text | None = None
    alt: Text | None = None
    width: Annotated[int, _spelled] | None = None
    height: Annotated[int, _spelled] | None = None


class Attachment(_Wire):
    """A JSON Feed attachment; `size_in_bytes` in bytes, `duration_in_seconds` in seconds."""

    url: Text
    mime_type: Text | None = None
    title: Text | None = None
    size_in_bytes: Annotated[int, Field(ge=0), _spelled] | None = None
    duration_in_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False), _spelled] | None = None
    feedsvc: Caption = Field(default_factory=Caption, alias="_feedsvc")


class Correction(_Wire):
    """What was wrong with an article, in a sentence for its readers, and when it was put right."""

    date: Moment = None
    text: Text


Status = Literal["draft", "scheduled", "published", "retracted", "expired"]
"""Where in its life an article is (docs/articles.md)."""


class Extension(_Wire):
    """What JSON Feed has no name for: the slug, the lead image's caption, where in its life the article is.

    Without `status` it stays what it is, and one that is new is published. A scheduled article is published at its
    `date_published`. `correction` adds one to the `corrections`. `translation_of` is the id of the article that it
    translates.
    """

    slug: Text | None = None
    image: Caption = Field(default_factory=Caption)
    status: Status | None = None
    expires: Moment = None
    correction: Text | None = None
    corrections: list[Correction] | None = None
    retracted: Moment = None
    reason: Text | None = None
    translation_of: Annotated[Text | None, BeforeValidator(_identifier, json_schema_input_type=str | float | None)] = (
        None
    )


class Item(_Wire):
    """A JSON Feed 1.1 item. Dates are aware and UTC once read. Without `id` it is a new article."""

    id: Annotated[Text | None, BeforeValidator(_identifier, json_schema_input_type=str | float | None)] = None
    url: Text | None = None
    external_url: Text | None = None
    title: Text | None = None
    content_html: Text | None = None
    content_text: Text | None = None
    summary: Text | None = None
    image: Text | None = None
    banner_image: Text | None = None
    date_published: Moment = None
    date_modified: Moment = None
    author: ItemAuthor | None = None
    authors: list[ItemAuthor] | None = None
    tags: list[Text] | None = None
    language: Text | None = None
    attachments: list[Attachment] | None = None
    feedsvc: Extension = Field(default_factory=Extension, alias="_feedsvc")


def read_item(value: Any) -> Item:
    """The item in a decoded JSON value. Raises `Rejected`, pointing at the first wrong field (RFC 6901)."""
    try:
        return Item.model_validate(value)
    except ValidationError as error:
        pointer, reason = faults(error)[0]
        raise Rejected(reason, pointer) from None


def faults(error: ValidationError) -> list[tuple[str, str]]:
    """Each wrong field as a JSON Pointer (RFC 6901), and what is wrong with it."""
    found = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in detail["loc"])
        reason = detail["msg"].removeprefix("Value error, ")
        found.append(("".join(f"/{step}" for step in steps), reason[0].lower() + reason[1:]))
    return found
