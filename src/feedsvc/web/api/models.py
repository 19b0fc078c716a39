"""What the API takes and gives, beside the article itself."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from feedsvc.item import Item, Moment, Status, parse_moment


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("has a character that nothing here has")
    return value


Words = Annotated[str, AfterValidator(_text)]
When = Annotated[datetime, BeforeValidator(parse_moment, json_schema_input_type=str)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patch(BaseModel):
    """What is to change of an article: a JSON Merge Patch (RFC 7396) of its item; null takes a member away."""

    model_config = ConfigDict(extra="allow")


class Listing(BaseModel):
    """Some of the articles, and where the next are."""

    items: list[Item]
    next: str | None = Field(None, description="The address of the next page; there is none on the last.")


class ListQuery(_Body):
    """Which articles are wanted."""

    status: Status | None = None
    tag: Words | None = Field(None, description="Only those with this tag, in any spelling.")
    language: Words | None = Field(None, description="Only those in this language (BCP 47).")
    since: Moment = Field(None, description="Only what was written or changed from this moment on (RFC 3339).")
    q: Words | None = Field(None, max_length=200, description="Only those with this text in the title.")
    after: Words = Field("", max_length=4_000, description="Where the page begins; take it from `next`.")
    limit: int = Field(50, ge=1, le=200, description="How many at most.")


class WriteQuery(_Body):
    """How an article is to be written."""

    silent: bool = Field(False, description="Leave the date of its last change: it is only a typing error.")


class Reason(_Body):
    """Why an article is retracted."""

    reason: str = Field("", max_length=2_000, description="For the records; readers are not told.")


class Release(_Body):
    """When an article is to publish itself."""

    date_published: When = Field(description="The moment (RFC 3339), in the future.")


class Deed(BaseModel):
    """What somebody did to an article."""

    at: datetime
    actor: str = Field(description="The name of a key, `shell` or `schedule`.")
    deed: str
    detail: dict[str, Any]


class History(BaseModel):
    """What was done to an article, the newest first."""

    deeds: list[Deed]


class Row(BaseModel):
    """One change, as the journal has it."""

    seq: int
    at: datetime
    kind: str
    id: str | None = Field(None, description="The article, where it is one that has changed.")


class Rows(BaseModel):
    """Changes in the order in which they were committed."""

    changes: list[Row]
    head: int = Field(description="The number of the newest change there is.")


class JournalQuery(_Body):
    """Which changes are wanted."""

    after: int = Field(0, ge=0, le=2**62, description="Those after this number.")
    limit: int = Field(1000, ge=1, le=1000, description="How many at most.")
    wait: int = Field(0, ge=0, le=30, description="How long to wait for a change while there is none, in seconds.")


class Imported(BaseModel):
    """What became of one item of a document."""

    place: str
    verdict: str
    id: str = ""
    url: str = ""
    reason: str = ""
    where: str = ""


class TagBody(BaseModel):
    """A tag: its label and slug, and its feed's title and description where they are not the usual ones."""

    label: str
    slug: str
    labels: dict[str, str] = Field(description="What it is called in other languages (BCP 47).")
    title: str = ""
    description: str = ""
    articles: int
    retired: datetime | None = None
    url: str


class Tags(BaseModel):
    """The tags that are in use."""

    tags: list[TagBody]


class TagPatch(_Body):
    """What is to change of a tag; what is missing stays."""

    label: str | None = Field(None, min_length=1, max_length=200)
    labels: dict[str, Annotated[str, Field(max_length=200)] | None] | None = Field(
        None, description="By language (BCP 47); null takes one away, and those that are missing stay."
    )
    title: str | None = Field(None, max_length=200, description="Of its feed; empty is the usual one.")
    description: str | None = Field(None, max_length=2_000, description="Of its feed; empty is the usual one.")


class Merge(_Body):
    """Which tag another is merged into."""

    into: str = Field(min_length=1, max_length=200, description="The tag that is left, in any spelling.")
