"""Generated archives, of a thousand articles and of a million, kept in var/bench from one run to the next.

They are used as they are: what a part publishes into one stays there, a few hundred articles a run.
"""

from collections.abc import Iterable
from pathlib import Path

from generated import fill
from machine import KEPT
from postgres import administer
from sqlalchemy import URL

from feedsvc.errors import SchemaError
from feedsvc.store import migration
from feedsvc.store.database import Database

TAGS = {1_000: 10, 10_000: 1_000, 1_000_000: 10_000}
"""How many tags an archive of so many articles has."""


def sqlite_archive(articles: int) -> str:
    """The address of an archive with so many articles, in a file on disk."""
    file = KEPT / f"archive-{articles}.db"
    url = f"sqlite:///{file}"
    if not file.exists() or not _is_current(url):
        unfinished = KEPT / f"archive-{articles}.unfinished"
        for old in (file, unfinished):
            _remove(old)
        _fill(f"sqlite:///{unfinished}", articles)
        # Renamed when it is whole, so that what was interrupted is not taken for an archive.
        unfinished.rename(file)
    _read_through(KEPT.glob(f"{file.name}*"))
    return url


def postgres_archive(server: URL, articles: int) -> str:
    """The address of an archive with so many articles, in a database of `server`."""
    name = f"archive_{articles}"
    url = server.set(database=name).render_as_string(hide_password=False)
    if not (_exists(server, name) and _is_current(url)):
        unfinished = f"{name}_unfinished"
        for old in (name, unfinished):
            administer(server, f"DROP DATABASE IF EXISTS {old} WITH (FORCE)")
        administer(server, f"CREATE DATABASE {unfinished} TEMPLATE template0 ENCODING 'UTF8'")
        _fill(server.set(database=unfinished).render_as_string(hide_password=False), articles)
        administer(server, f"ALTER DATABASE {unfinished} RENAME TO {name}")
    ((number,),) = administer(server, f"SELECT oid FROM pg_database WHERE datname = '{name}'")
    _read_through((KEPT / f"postgres/base/{number}").iterdir())
    return url


def fresh_archive(url: str, articles: int) -> str:
    """`url`, an empty database, filled with so many articles."""
    fill(url, articles, TAGS[articles])
    return url


def _exists(server: URL, name: str) -> bool:
    return bool(administer(server, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def _fill(url: str, articles: int) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    print(f"… generating {articles:,} articles, once", flush=True)
    fill(url, articles, TAGS[articles])


def _is_current(url: str) -> bool:
    database = Database(url)
    try:
        return migration.is_current(database)
    except SchemaError:
        return False
    finally:
        database.close()


def _read_through(files: Iterable[Path]) -> None:
    """Bring files into the page cache of the system, where those of a site that is being read are."""
    for path in files:
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
