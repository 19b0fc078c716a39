"""Runs the migrations on the connection that feedsvc.store.migration hands over."""

from collections.abc import Mapping
from typing import Any, Literal

from alembic import context

from feedsvc.store.schema import Base, UtcDateTime
from feedsvc.store.search_schema import is_derived


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """A migration is to stand without our code: our own type is written as the one beneath it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


def _is_ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Whether what is found is to be compared: not what a database has derived by itself."""
    return not is_derived(name if kind == "table" else parents.get("table_name"), name)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
    include_name=_is_ours,
)
with context.begin_transaction():
    context.run_migrations()
