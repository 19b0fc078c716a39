"""What is read most is ranked: once for each hour, of whole hours, so that no single read changes a ranking."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.desk.transaction import Transaction
from feedsvc.store import rankings
from feedsvc.store.rankings import WINDOWS

RANK = "rank"
"""The kind of the journal's row when a ranking has changed."""

Made = Mapping[int, list[int]]
"""The articles of rankings in their order, by the ranking's channel."""


def make(connection: Connection, until: datetime) -> Made:
    """The rankings of the time until a full hour (UTC), but for those that were made of it already."""
    made = {}
    for window in WINDOWS.values():
        number = rankings.channel(connection, window)
        before = rankings.made_until(connection, number)
        if before is None or before < until:
            made[number] = rankings.most_read(connection, until - window.length, until)
    return made


def file(transaction: Transaction, until: datetime, made: Made) -> None:
    """File the rankings that were `made`, unless somebody was faster, and tell of each that is another one now."""
    connection = transaction.connection
    for number, articles in made.items():
        before = rankings.made_until(connection, number)
        if before is None or before < until:
            rankings.note(connection, number, until)
            if rankings.listed(connection, number) != articles:
                rankings.replace(connection, number, articles)
                transaction.append(RANK, None, [number])
    rankings.forget(connection, until)
