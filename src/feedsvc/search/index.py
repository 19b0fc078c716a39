"""The index of search: articles filed by their words, and found by them, on either kind of database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, text
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.errors import Rejected
from feedsvc.search.question import Question, Term
from feedsvc.search.words import words
from feedsvc.seen import text_of
from feedsvc.store.bounds import bounded
from feedsvc.store.schema import ArticleRow
from feedsvc.store.search_schema import SearchTextRow, place_of

MOST_COUNTED = 1_000
"""How many are counted at most."""

SECONDS = 2.0
"""How long a database may look for something, in seconds."""

# An article of this length is read for an hour, and what is derived of it is within what PostgreSQL takes (1 MB).
_MOST_CHARACTERS, _MOST_BYTES = 60_000, 400_000
# By key from the newest on, so that what is common is found at once and what is rare by the index.
_SQLITE = """
    SELECT search_text.article_id FROM search_index
    CROSS JOIN search_text ON search_text.place = search_index.rowid
    CROSS JOIN article ON article.id = search_text.article_id
    WHERE search_index MATCH :asked AND article.retracted_at IS NULL
    ORDER BY search_index.rowid DESC LIMIT :limit
"""
_POSTGRESQL = """
    SELECT search_text.article_id FROM search_text
    JOIN article ON article.id = search_text.article_id
    WHERE search_text.{column} @@ CAST(:asked AS tsquery) AND article.retracted_at IS NULL
    ORDER BY search_text.place DESC LIMIT :limit
"""
_BY_HEADLINE, _BY_WORDS = (text(_POSTGRESQL.format(column=column)) for column in ("headline", "words"))
_BY_EITHER = text(_SQLITE)

_ARTICLES = select(
    *(ArticleRow.id, ArticleRow.published_at, ArticleRow.retracted_at),
    *(ArticleRow.title, ArticleRow.summary, ArticleRow.body, ArticleRow.authors),
).where(ArticleRow.id.in_(bindparam("numbers", expanding=True)))


@dataclass(frozen=True, slots=True)
class Text:
    """An article as it is filed at its place: its words, with spaces between them; None when it is not published."""

    article: int
    place: int
    title: str | None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The numbers of the articles that answer a question, as many as were wanted, and how many there are altogether,
    as far as was counted; `more` says that it was not counted to the end."""

    articles: tuple[int, ...]
    total: int
    more: bool


def read_texts(connection: Connection, articles: Iterable[int]) -> list[Text]:
    """The articles of these numbers, as they are filed."""
    return [_text(row) for row in connection.execute(_ARTICLES, {"numbers": sorted(articles)})]


def file_texts(connection: Connection, texts: Sequence[Text]) -> None:
    """Put articles into the index as they are now, and take out those that are not published."""
    places = SearchTextRow.place
    if gone := [each.place for each in texts if each.title is None]:
        connection.execute(delete(SearchTextRow).where(places.in_(gone)))
    rows = [
        {"place": each.place, "article_id": each.article, "title": each.title, "body": each.body}
        for each in texts
        if each.title is not None
    ]
    if rows:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(SearchTextRow)
        new = {name: insert.excluded[name] for name in ("article_id", "title", "body")}
        connection.execute(insert.on_conflict_do_update(index_elements=[places], set_=new), rows)


def find(connection: Connection, question: Question, limit: int) -> Found:
    """At most `limit` articles that are published in this snapshot and answer a question: those first that do by their
    headline alone, and of each the newest first. Raises `DatabaseBusy` when that takes too long."""
    if not question.terms:
        return Found((), 0, more=False)
    with bounded(connection, SECONDS):
        if connection.dialect.name == "sqlite":
            asked = " AND ".join(map(_for_sqlite, question.terms))
            by_headline = (
                connection.execute(_BY_EITHER, {"asked": f"title : ({asked})", "limit": limit}).scalars().all()
            )
            every = connection.execute(_BY_EITHER, {"asked": asked, "limit": MOST_COUNTED + 1}).scalars().all()
        else:
            asked = " & ".join(map(_for_postgresql, question.terms))
            by_headline = connection.execute(_BY_HEADLINE, {"asked": asked, "limit": limit}).scalars().all()
            every = connection.execute(_BY_WORDS, {"asked": asked, "limit": MOST_COUNTED + 1}).scalars().all()
    # Each once, where it stands first.
    articles = tuple(dict.fromkeys([*by_headline, *every]))
    return Found(articles[:limit], min(len(every), MOST_COUNTED), len(every) > MOST_COUNTED)


def _text(row: Any) -> Text:
    place = place_of(row.id, row.published_at)
    if row.retracted_at is not None:
        return Text(row.id, place, None)
    try:
        body = text_of(row.body)
    except Rejected:  # pragma: no cover - it was refused when it came
        body = ""
    authors = " ".join(author["name"] for author in row.authors)
    return Text(row.id, place, _words(row.title), _words(f"{row.summary} {authors} {body}"))


def _words(plain: str) -> str:
    found = " ".join(words(plain[:_MOST_CHARACTERS]))
    return found.encode()[:_MOST_BYTES].decode(errors="ignore")


def _for_sqlite(term: Term) -> str:
    # Words are letters and digits, which need nothing to be escaped.
    return f'"{" ".join(term.words)}"{" *" if term.open else ""}'


def _for_postgresql(term: Term) -> str:
    return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.open else "")
