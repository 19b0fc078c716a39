"""A bound on how long a database may look for something that anybody may ask for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from feedsvc.errors import DatabaseBusy

# How many of its own steps SQLite takes before it looks at the clock: about a millisecond's worth.
_STEPS = 10_000


@contextmanager
def bounded(connection: Connection, seconds: float) -> Iterator[None]:
    """Have what is asked in the block end after so many seconds. Raises `DatabaseBusy` when it has not by then.

    The transaction is of no use after that.
    """
    until = time.monotonic() + seconds
    is_sqlite = connection.dialect.name == "sqlite"
    driver: Any = connection.connection.driver_connection
    if is_sqlite:
        driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    else:
        connection.execute(text(f"SET LOCAL statement_timeout = {round(seconds * 1000)}"))
    try:
        yield
    except DBAPIError:
        if time.monotonic() < until:
            raise
        raise DatabaseBusy("To look for that would take too long.") from None
    finally:
        if is_sqlite:
            driver.set_progress_handler(None, 0)
