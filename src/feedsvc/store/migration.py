"""Brings a database to the schema of this program, and says which schema one has."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, inspect, select, text

from feedsvc.errors import SchemaError
from feedsvc.store import claim, postgres
from feedsvc.store.database import Database
from feedsvc.store.schema import NEWS_LINE, ChannelRow, JournalHeadRow, SiteRow

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOLDER = Path(__file__).parent / "migrations"


def _alembic(connection: Connection | None = None) -> "AlembicConfig":
    # Half of the time that a verb takes to begin would be Alembic's, which few of them need.
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415 - when it is needed

    config = AlembicConfig()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The schema revision this program needs: the last of its migrations, which are numbered in order."""
    return max(_known())


def current(database: Database) -> str | None:
    """The schema revision the database has; None when it is empty. Raises `SchemaError` when it is not ours."""
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
        if tables and "alembic_version" not in tables:
            raise SchemaError(f"{database.url.render_as_string()} holds tables that are not feedsvc's")
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if tables else None


def upgrade(database: Database, base_url: str) -> None:
    """Bring the database to `head()`, whole or not at all; a new one mints its tagging authority from `base_url`."""
    found = current(database)
    if found is not None and found not in _known():
        raise SchemaError(_too_new(found))
    with database.write() as connection:
        if not database.is_sqlite:
            # Processes that start together find the same empty database; on SQLite, to write is to be alone.
            postgres.wait_for_turn(connection, "migration")
        lay_tables(connection)
        if connection.execute(select(SiteRow.id)).first() is None:
            _found(connection, base_url)


def lay_tables(connection: Connection) -> None:
    """Bring the tables to `head()`, without the rows that a new database is founded with."""
    from alembic import command  # noqa: PLC0415 - as above

    command.upgrade(_alembic(connection), "head")


def is_current(database: Database) -> bool:
    """Whether the database has the schema this program needs."""
    return current(database) == head()


def require_current(database: Database, base_url: str) -> None:
    """Found an empty database on the spot.

    Raises `SchemaError` for one that needs an upgrade, a newer program, or the end of the copy that it is to become.
    """
    found = current(database)
    if found is None:
        upgrade(database, base_url)
    elif found not in _known():
        raise SchemaError(_too_new(found))
    elif found != head():
        raise SchemaError(f"The database has schema {found}, this program needs {head()}: run `feedsvc db upgrade`.")
    with database.read() as connection:
        if source := claim.source_of(connection):
            raise SchemaError(f"The database is an unfinished copy of {source}: finish it with `feedsvc db copy`.")


def _known() -> set[str]:
    return {path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py")}


def _too_new(revision: str) -> str:
    return f"The database has schema {revision}, which this program does not know: it needs a newer feedsvc."


def _found(connection: Connection, base_url: str) -> None:
    # RFC 4151: a tag URI's authority is a name and a day on which it was ours. It is minted once, so that moving
    # to another host renumbers nothing.
    now = datetime.now(UTC)
    name = re.sub(r"[^a-z0-9.-]", "-", urlsplit(base_url).hostname or "").strip("-.")
    authority = f"{name},{now:%Y-%m-%d}"
    connection.execute(insert(SiteRow).values(id=0, authority=authority, fingerprint="", changed_at=now))
    connection.execute(insert(JournalHeadRow).values(id=0, seq=0, at=_EPOCH))
    connection.execute(insert(ChannelRow).values(id=NEWS_LINE, slug="", label="", articles=0))
