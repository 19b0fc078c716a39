"""Runs the migrations on the connection that feedsvc.store.migration hands over."""

from typing import Literal

from alembic import context

from feedsvc.store.schema import Base, UtcDateTime


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """A migration is to stand without our code: our own type is written as the one beneath it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
