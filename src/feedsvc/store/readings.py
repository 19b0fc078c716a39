"""What readers ask of the store, as statements that are built once: to build one takes longer than to run it."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
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
    TagLabelRow,
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
_label = TagLabelRow.__table__.c
_channel_of_language = ChannelRow.__table__.alias("language")

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
    _article.translation_of,
    _article.body,
)
"""What an entry is made of, in this order."""

HEADLINE = (*ENTRY[:-1], literal("").label("body"))
"""The same without the body."""

BURIED = (_article.guid, _article.retracted_at)
"""What a tombstone is made of."""

PLACE = (_article.id, _article.published_at)
"""Where an article stands in the order of a feed."""


def portions(values: Collection[_Value]) -> Iterator[list[_Value]]:
    """`values` in order, in lists that are short enough for one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _MOST_VARIABLES):
        yield ordered[start : start + _MOST_VARIABLES]


SITE_CHANGED_AT = select(SiteRow.__table__.c.changed_at)
"""When all documents changed last."""

AUTHORITY = select(SiteRow.__table__.c.authority)
"""The tagging authority (RFC 4151) that was minted with the database."""

_named = select(
    *(_channel.id, _channel.slug, _channel.label, _channel.articles, _channel.title, _channel.description),
    *(_channel.retired_at, _channel.part),
)

CHANNEL = _named.where(_channel.slug == bindparam("slug"))
"""The channel of `:slug`."""

CHANNEL_ONCE = _named.join(RetiredTagRow.__table__, _once.channel_id == _channel.id).where(
    _once.slug == bindparam("slug")
)
"""The channel whose slug was once `:slug`."""

USED = (_channel.kind == "tag", _channel.articles > 0, _channel.retired_at.is_(None))
"""That a channel is of a tag that is not retired and has published articles."""

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

STANDING: Select[Any] = (
    select(*ENTRY, _article.retracted_at, _article.lines)
    .where(_article.id.in_(bindparam("numbers", expanding=True)))
    .order_by(_article.published_at.desc(), _article.id.desc())
)
"""The articles that have any of `:numbers`, newest first, and where they stand."""

PUBLISHED_AT = select(_article.published_at).where(_article.id == bindparam("article"))
"""When article number `:article` was published."""

_now = ChannelRow.__table__.alias("now")


def _tags(*labels: Any) -> Select[Any]:
    return (
        select(_channel.id, _now.c.label, _now.c.slug, *labels)
        .join(_now, _now.c.id == func.coalesce(_channel.merged_into, _channel.id))
        .where(_channel.id.in_(bindparam("numbers", expanding=True)))
    )


EVERY_TAG = _tags(literal("").label("language"), literal("").label("translated"))
"""The tags whose channels have any of `:numbers`, by their usual labels, as an article is to name them; of those that
were merged, what they went into."""

TAGS = (
    _tags(_label.language, _label.label.label("translated"))
    .outerjoin(TagLabelRow.__table__, _label.channel_id == _now.c.id)
    .where(_now.c.retired_at.is_(None))
)
"""The same for readers, once for each language that a tag has a label in, but for those that were retired."""

MOST_USED = (
    select(_channel.label, _channel.slug)
    .where(*USED)
    .order_by(_channel.articles.desc(), _channel.slug)
    .limit(bindparam("limit"))
)
"""The tags that have the most published articles, at most `:limit`."""

TITLES = select(_channel.slug, _channel.title).where(*USED, _channel.title != "")
"""What the feeds of tags are called that have a title of their own."""

_spoken = PlacementRow.__table__.alias("spoken")
_of_language = select(_channel_of_language.c.id).where(_channel_of_language.c.slug == bindparam("language"))
MOST_USED_IN = MOST_USED.add_columns(_channel.id).where(
    exists().where(
        _placement.channel_id == _channel.id,
        _spoken.c.channel_id == _of_language.scalar_subquery(),
        _spoken.c.published_at == _placement.published_at,
        _spoken.c.article_id == _placement.article_id,
    )
)
"""Those of them that have articles in the channel of the slug `:language`."""

AUTHORS = (
    select(_channel.label, _channel.slug)
    .where(_channel.kind == "author", _channel.articles > 0)
    .order_by(_channel.articles.desc(), _channel.slug)
    .limit(bindparam("limit"))
)
"""The names and slugs of the authors that have the most published articles, at most `:limit`."""

LABELS = select(_label.channel_id, _label.language, _label.label).where(
    _label.language.in_(bindparam("languages", expanding=True)),
    _label.channel_id.in_(bindparam("numbers", expanding=True)),
)
"""What the tags whose channels have any of `:numbers` are called in any of `:languages`."""

LANGUAGES = (
    select(_channel.slug, _channel.articles)
    # SQLite takes an index that has a condition only where it sees that the same is asked for.
    .where(_channel.kind == literal_column("'language'"), _channel.articles > 0)
    .order_by(_channel.slug)
)
"""The slugs of the languages that have published articles, and how many each has."""

VERSIONS = (
    select(_article.language, _article.slug, _article.guid)
    .where(
        _article.retracted_at.is_(None),
        or_(_article.guid == bindparam("original"), _article.translation_of == bindparam("original")),
    )
    .order_by(_article.language, _article.id)
)
"""The published language versions of one article, `:original` among them."""

WHOLE_BY_NUMBER = select(*ENTRY).where(
    _article.id.in_(bindparam("numbers", expanding=True)), _article.retracted_at.is_(None)
)
"""The published ones of the articles that have any of `:numbers`, whole."""

BY_NUMBER = WHOLE_BY_NUMBER.with_only_columns(*HEADLINE)
"""The same, without bodies."""

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

_since: BindParameter[Any] = bindparam("since", type_=UtcDateTime())

PUBLISHED_SINCE = (
    select(_article.slug, _article.language, _article.title, _article.published_at)
    .select_from(PlacementRow.__table__)
    .join(ArticleRow.__table__, _placement.article_id == _article.id)
    .where(_placement.channel_id == bindparam("channel"), _placement.published_at > _since)
    .order_by(_placement.published_at.desc(), _placement.article_id.desc())
    .limit(bindparam("limit"))
)
"""The newest of `:channel` that were published after `:since`, by what news is announced with."""

LAST_BEFORE = (
    select(_placement.published_at)
    .where(_placement.channel_id == bindparam("channel"), _placement.published_at <= _since)
    .order_by(_placement.published_at.desc())
    .limit(1)
)
"""When the newest of `:channel` was published that was not published after `:since`."""
