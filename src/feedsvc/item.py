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


Moment = Annotated[datetime | None, BeforeValidator(parse_moment)]


class _Wire(BaseModel):
    # JSON Feed 1.1: what a reader does not know, it must ignore.
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ItemAuthor(_Wire):
    """A JSON Feed author: `name`, `url` (which may be `mailto:`), `avatar`; each may be missing."""

    name: str | None = None
    url: str | None = None
    avatar: str | None = None


class Caption(_Wire):
    """What JSON Feed cannot say of a picture: who is to be credited, and the text for those who do not see it."""

    credit: str | None = None
    alt: str | None = None


class Attachment(_Wire):
    """A JSON Feed attachment; `size_in_bytes` in bytes, `duration_in_seconds` in seconds."""

    url: str
    mime_type: str | None = None
    title: str | None = None
    size_in_bytes: Annotated[int, Field(ge=0, le=2**53)] | None = None
    duration_in_seconds: Annotated[float, Field(ge=0)] | None = None
    feedsvc: Caption = Field(default_factory=Caption, alias="_feedsvc")


class Extension(_Wire):
    """What JSON Feed has no name for: the slug, the lead image's caption, the mark of a retraction."""

    slug: str | None = None
    image: Caption = Field(default_factory=Caption)
    status: Literal["published", "retracted"] = "published"
    retracted: Moment = None
    reason: str | None = None


class Item(_Wire):
    """A JSON Feed 1.1 item. Dates are aware and UTC once read. Without `id` it is a new article."""

    id: Annotated[str | None, BeforeValidator(_identifier)] = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    image: str | None = None
    banner_image: str | None = None
    date_published: Moment = None
    date_modified: Moment = None
    author: ItemAuthor | None = None
    authors: list[ItemAuthor] | None = None
    tags: list[str] | None = None
    language: str | None = None
    attachments: list[Attachment] | None = None
    feedsvc: Extension = Field(default_factory=Extension, alias="_feedsvc")


def read_item(value: Any) -> Item:
    """The item in a decoded JSON value. Raises `Rejected`, pointing at the first wrong field (RFC 6901).

    Lone surrogates, which JSON can spell and no encoding can carry, are taken out first.
    """
    try:
        return Item.model_validate(value)
    except ValidationError as error:
        details = error.errors()
    if any(detail["type"] == "string_unicode" for detail in details):
        return read_item(_without_surrogates(value))
    detail = details[0]
    pointer = "".join(f"/{step}" for step in detail["loc"])
    reason = detail["msg"].removeprefix("Value error, ")
    raise Rejected(reason[0].lower() + reason[1:], pointer)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_without_surrogates(member) for member in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(member) for key, member in value.items()}
    return value
