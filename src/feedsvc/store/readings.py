"""What readers ask of the store, as statements that are built once: to build one takes longer than to run it."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from feedsvc.store.schema import (
    NEWS_LINE,
    ArticleRow,
    ChannelRow,
    PlacementRow,
    ReadsRow,
    RetiredSlugRow,
    RetiredTagRow,
    SiteRow,
    TombstoneRow,
    UtcDateTime,
)

# SQLite allows 32,766 in one statement.
_MOST_VARIABLES = 10_000
_Value = TypeVar("_Value", int, str)

_article = ArticleRow.__table__.c
_placement = PlacementRow.__table__.c
_channel = ChannelRow.__table__.c
_reads = ReadsRow.__table__.c
_retired = RetiredSlugRow.__table__.c
_once = RetiredTagRow.__table__.c
_tombstone = TombstoneRow.__table__.c

ENTRY = (
    _article.id,
    _article.guid,
    _article.slug,
    _article.language,
    _article.title,
    _article.summary,
    _article.source,
    _article.authors,
    _article.media,
    _article.published_at,
    _article.updated_at,
    _article.tags,
    _article.corrections,
    _article.body,
)
"""What an entry is made of, in this order."""

_HEADLINE = (*ENTRY[:-1], literal("").label("body"))


def portions(values: Collection[_Value]) -> Iterator[list[_Value]]:
    """`values` in order, in lists that are short enough for one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _MOST_VARIABLES):
        yield ordered[start : start + _MOST_VARIABLES]


def _moment(name: str) -> BindParameter[object]:
    return bindparam(name, type_=UtcDateTime())


def _placed(*columns: ColumnElement[Any]) -> Select[Any]:
    """Articles of `:channel`, newest first, at most `:limit`: one range of the placements' key."""
    return (
        select(*columns)
        .select_from(PlacementRow.__table__)
        .join(ArticleRow.__table__, _placement.article_id == _article.id)
        .where(_placement.channel_id == bindparam("channel"))
        .order_by(_placement.published_at.desc(), _placement.article_id.desc())
        .limit(bindparam("limit"))
    )


_after = tuple_(_placement.published_at, _placement.article_id) < tuple_(
    _moment("last_published"), bindparam("last_article")
)

AUTHORITY = select(SiteRow.__table__.c.authority)
"""The tagging authority (RFC 4151) that was minted with the database."""

_named = select(
    *(_channel.id, _channel.slug, _channel.label, _channel.articles, _channel.title, _channel.description),
    _channel.retired_at,
)

CHANNEL = _named.where(_channel.slug == bindparam("slug"))
"""The channel of `:slug`."""

CHANNEL_ONCE = _named.join(RetiredTagRow.__table__, _once.channel_id == _channel.id).where(
    _once.slug == bindparam("slug")
)
"""The channel whose slug was once `:slug`."""

USED = (_channel.id != NEWS_LINE, _channel.articles > 0, _channel.retired_at.is_(None))
"""That a channel is of a tag that is not retired and has published articles."""

TOMBSTONES = (
    select(_article.guid, _article.retracted_at)
    .select_from(TombstoneRow.__table__)
    .join(ArticleRow.__table__, _tombstone.article_id == _article.id)
    .where(_tombstone.channel_id == bindparam("channel"), _tombstone.published_at >= _moment("since"))
    .order_by(_tombstone.published_at.desc(), _tombstone.article_id.desc())
    .limit(bindparam("limit"))
)
"""What was retracted of `:channel` that was published since `:since`, at most `:limit`."""

HEADLINES = _placed(*_HEADLINE)
"""The newest of `:channel`, without bodies."""

HEADLINES_AFTER = HEADLINES.where(_after)
"""Those of `:channel` that follow the article `:last_article` of `:last_published`, without bodies."""

ENTRIES = _placed(*ENTRY)
"""The newest of `:channel`, whole."""

ENTRIES_AFTER = ENTRIES.where(_after, _placement.published_at >= _moment("since"))
"""Those of `:channel` that follow, whole, as far back as `:since`."""

ARTICLE: Select[Any] = select(*ENTRY, _article.retracted_at).where(_article.slug == bindparam("slug"))
"""The article at `:slug`, published or not."""

_spellings: BindParameter[str] = bindparam("spellings", expanding=True)
ELSEWHERE = union_all(
    select(_article.slug).where(_article.slug.in_(_spellings)),
    select(_article.slug)
    .join(RetiredSlugRow.__table__, _retired.article_id == _article.id)
    .where(_retired.slug.in_(_spellings)),
)
"""Where the articles are that have, or once had, one of `:spellings` for an address. Not an OR in one SELECT, for
which PostgreSQL would read every article."""

PUBLISHED_AT = select(_article.published_at).where(_article.id == bindparam("article"))
"""When article number `:article` was published."""

_now = ChannelRow.__table__.alias("now")
EVERY_TAG: Select[Any] = (
    select(_channel.id, _now.c.label, _now.c.slug)
    .join(_now, _now.c.id == func.coalesce(_channel.merged_into, _channel.id))
    .where(_channel.id.in_(bindparam("numbers", expanding=True)))
)
"""The tags whose channels have any of `:numbers`; of those that were merged, what they went into."""

TAGS = EVERY_TAG.where(_now.c.retired_at.is_(None))
"""The same, but for those that were retired."""

MOST_USED = (
    select(_channel.label, _channel.slug)
    .where(*USED)
    .order_by(_channel.articles.desc(), _channel.slug)
    .limit(bindparam("limit"))
)
"""The tags that have the most published articles, at most `:limit`."""

READS = select(_reads.total, _reads.counted_at).where(_reads.article_id == bindparam("article"))
"""How often article number `:article` was read, and when that was last counted."""

NEWEST_NUMBER = select(func.max(_article.id))
"""The number of the article that was accepted last; null when there is none."""

ARTICLES_OF = (
    select(_article.slug, _article.updated_at)
    .where(_article.id >= bindparam("first"), _article.id < bindparam("end"), _article.retracted_at.is_(None))
    .order_by(_article.id)
)
"""Where the published articles are whose numbers begin at `:first` and end before `:end`, and when each was updated."""

NEWEST_CHANNEL = select(func.max(_channel.id))
"""The number of the tag that was used last for the first time; the News Line's own where there is no tag."""

CHANNELS_OF = (
    select(_channel.slug)
    .where(_channel.id >= bindparam("first"), _channel.id < bindparam("end"))
    .where(or_(and_(*USED), _channel.id == NEWS_LINE))
    .order_by(_channel.id)
)
"""The slugs of the channels whose numbers begin at `:first` and end before `:end`: those of tags that have published
articles, and the News Line's empty one."""

ANY_CHANNEL_OF = CHANNELS_OF.limit(1)
"""The first of them."""

PUBLISHED_SINCE = _placed(_article.slug, _article.language, _article.title, _article.published_at).where(
    _placement.published_at > _moment("since")
)
"""The newest of `:channel` that were published after `:since`, by what news is announced with."""

LAST_BEFORE = (
    select(_placement.published_at)
    .where(_placement.channel_id == bindparam("channel"), _placement.published_at <= _moment("since"))
    .order_by(_placement.published_at.desc())
    .limit(1)
)
"""When the newest of `:channel` was published that was not published after `:since`."""
