"""A backup of a SQLite database: one whole, checked file, made while the database is written to."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from feedsvc.errors import CopyError
from feedsvc.store import migration
from feedsvc.store.contents import Contents, contents
from feedsvc.store.database import Database

_PAGES = 1_000


def back_up(database: Database, file: Path, progress: Callable[[int, int], None], *, replace: bool) -> Contents:
    """Write what the database holds now to `file`, and tell what that is; `replace` allows for a `file` that exists.

    `progress` is told how many pages have been copied, and of how many. The file appears under its name when it is
    whole, checked and on the disk. Raises `CopyError` when it cannot be made, and leaves nothing behind.
    """
    _require_possible(database, file, replace)
    if migration.current(database) is None:
        raise CopyError(f"{database.place} is empty: there is nothing to back up.")
    try:
        # Beside the file, for a rename is whole or not at all only on one disk; and in a folder, for SQLite may leave
        # companions of a file that it could not finish.
        with TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
            part = Path(folder) / file.name
            copied = _copy(database, part, progress)
            _require_whole(part)
            _keep(part)
            part.replace(file)
        _keep(file.parent)
    except OSError as error:
        raise CopyError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}.") from error
    except sqlite3.Error as error:
        raise CopyError(f"The backup cannot be made: {error}.") from error
    return copied


def _require_possible(database: Database, file: Path, replace: bool) -> None:
    if not database.is_sqlite:
        address = database.url.set(drivername="postgresql").render_as_string()
        raise CopyError(f"PostgreSQL has a program for it: pg_dump --format=custom --file={file} '{address}'")
    own = Path(database.url.database or "").resolve()
    if file.resolve() in [own.with_name(f"{own.name}{suffix}") for suffix in ("", "-wal", "-shm")]:
        raise CopyError(f"{file} belongs to the database itself.")
    if file.exists() and not replace:
        raise CopyError(f"{file} exists already: name another file, or replace it with --force.")


def _copy(database: Database, part: Path, progress: Callable[[int, int], None]) -> Contents:
    # The snapshot is taken before the first step. Without it SQLite would begin anew with each commit of another
    # process, and while somebody publishes faster than we copy, never come to an end.
    with database.read() as connection, closing(sqlite3.connect(part)) as target:
        copied = contents(connection)
        source = cast(sqlite3.Connection, connection.connection.driver_connection)
        source.backup(target, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
        # One file without companions, which can be read where nothing can be written; feedsvc opens it as it needs it.
        target.execute("PRAGMA journal_mode = DELETE")
    return copied


def _require_whole(part: Path) -> None:
    with closing(sqlite3.connect(part)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise CopyError(f"The database is damaged, and so would be its backup: {found}.")


def _keep(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
