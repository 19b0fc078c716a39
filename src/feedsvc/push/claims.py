"""Claims: a dispatcher takes rows that are due for its own, and no two dispatchers take the same."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Select, update

from feedsvc.push.lanes import Lane, Room
from feedsvc.store.push_tables import DeliveryRow, IntentRow

Table = type[DeliveryRow] | type[IntentRow]


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims, under which name, at which moment (UTC), and how much there is room for."""

    name: str
    now: datetime
    room: Room

    def after(self, hosts: Iterable[str]) -> Self:
        """The same, with less room on hosts of which something was claimed."""
        left = dict(self.room.hosts)
        for host in hosts:
            left[host] = left.get(host, self.room.any_host) - 1
        return replace(self, room=replace(self.room, hosts=left))


def claim(
    connection: Connection, table: Table, due: Select[*tuple[Any, ...]], lane: Lane, claimant: Claimant
) -> list[Any]:
    """Of the rows that `due` selects of `table` (by `key`, with their `host`), as many as there is room for in a lane
    and on their hosts; they are marked as claimed.

    PostgreSQL passes over what another dispatcher is looking at; on SQLite, to write is to be alone.
    """
    room = claimant.room
    if room.lanes[lane] <= 0:
        return []
    found = connection.execute(due.limit(room.lanes[lane]).with_for_update(of=table, skip_locked=True)).all()
    taken: Counter[str] = Counter()
    rows = []
    for row in found:
        if taken[row.host] < room.on(row.host):
            taken[row.host] += 1
            rows.append(row)
    if rows:
        mark = update(table).where(key(table).in_([row.key for row in rows]))
        connection.execute(mark.values(claimed_by=claimant.name, claimed_at=claimant.now))
    return rows


def key(table: Table) -> Any:
    """What tells the rows of a table apart."""
    return table.id if issubclass(table, IntentRow) else table.subscription_id
