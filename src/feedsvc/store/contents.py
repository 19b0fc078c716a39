"""What a database holds, in numbers."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from feedsvc.store.schema import ArticleRow, JournalHeadRow, JournalRow


@dataclass(frozen=True, slots=True)
class Contents:
    """How many articles (retracted ones too) and journal rows there are, and the number of the newest change."""

    articles: int
    changes: int
    newest: int

    def __str__(self) -> str:
        return f"{self.articles:,} articles and {self.changes:,} journal rows, up to change {self.newest:,}"


def contents(connection: Connection) -> Contents:
    """What there is in the snapshot of `connection`."""
    articles, changes = (
        connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (ArticleRow, JournalRow)
    )
    return Contents(articles, changes, connection.execute(select(JournalHeadRow.seq)).scalar_one())
