"""The log of who did what: a line for each write, in the transaction of the write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select

from feedsvc.store.schema import LogRow

Kind = Literal["article", "tag", "key"]


@dataclass(frozen=True, slots=True)
class Line:
    """One deed: its number and time (UTC), who did it, what kind of thing it was done to (`article`, `tag`, `key`) and
    which (a guid, a tag's slug, a key's name), and details."""

    number: int
    at: datetime
    actor: str
    deed: str
    kind: str
    subject: str
    detail: dict[str, Any]


class LogWriter:
    """The lines of one transaction, written by `close()`. Whoever makes one holds the journal, so that nobody else
    numbers lines meanwhile."""

    def __init__(self, connection: Connection, at: datetime, actor: str) -> None:
        self._connection = connection
        self._at = at
        self.actor = actor
        self._rows: list[dict[str, Any]] = []

    def append(self, deed: str, subject: str, *, of: Kind = "article", **detail: Any) -> None:
        """Note a deed; of the details, what is empty says nothing."""
        told = {name: value for name, value in detail.items() if value}
        named = {"deed": deed, "kind": of, "subject": subject, "detail": told}
        self._rows.append({"at": self._at, "actor": self.actor} | named)

    def close(self) -> None:
        """Write the lines, in the transaction of the deeds they tell of."""
        if self._rows:
            last = self._connection.execute(select(func.max(LogRow.id))).scalar() or 0
            rows = [row | {"id": number} for number, row in enumerate(self._rows, last + 1)]
            self._connection.execute(insert(LogRow), rows)


def lines(connection: Connection, limit: int, *, subject: str | None = None, of: Kind | None = None) -> list[Line]:
    """The newest lines, newest first, at most `limit`; of one `subject`, of one kind."""
    wanted = select(LogRow).order_by(LogRow.id.desc()).limit(limit)
    if subject is not None:
        wanted = wanted.where(LogRow.subject == subject)
    if of is not None:
        wanted = wanted.where(LogRow.kind == of)
    rows = connection.execute(wanted).all()
    return [Line(row.id, row.at, row.actor, row.deed, row.kind, row.subject, row.detail) for row in rows]
