"""The table that search looks into. A change here is a new migration in `migrations`."""

from datetime import UTC, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from feedsvc.store.schema import Base

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# So many articles can be published in one second and still be told apart, up to the year 9999 in 64 bits.
_WITHIN_A_SECOND = 2**24


class SearchTextRow(Base):
    """The words of a published article, as search compares them, with spaces between them.

    The database derives from it what it looks words up in, by itself: SQLite the table `search_index` (FTS5), by
    triggers; PostgreSQL the columns `headline` and `words`, with an index on each. Neither is known to the program
    but by name: whoever writes a row here, a copy too, has written all. `place` is the order in which articles are
    found, and an article's for good.
    """

    __tablename__ = "search_text"
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    title: Mapped[str]
    body: Mapped[str]


def place_of(article: int, published_at: datetime) -> int:
    """The place of an article: by the second in which it was published, and within that by its number."""
    return (published_at - _EPOCH) // _SECOND * _WITHIN_A_SECOND + article % _WITHIN_A_SECOND


_SECOND = _EPOCH.replace(second=1) - _EPOCH


def is_derived(table: str | None, name: str | None) -> bool:
    """Whether a table, or a column or index of one, is what a database has derived from `search_text`."""
    return (table or name or "").startswith("search_index") or (
        table == "search_text" and name in ("headline", "words", "search_text_by_headline", "search_text_by_words")
    )
