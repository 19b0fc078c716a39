"""What all verbs share: the settings, the open database, and errors as one sentence on stderr."""

# A verb takes as long to begin as to import what it needs, and no verb needs all of this: hence the imports below.
# ruff: noqa: PLC0415

import sys
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.exc import DBAPIError

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.urls import Urls

if TYPE_CHECKING:
    from feedsvc.catalogue import Catalogue
    from feedsvc.keys import Keys
    from feedsvc.newsroom import Newsroom
    from feedsvc.store.database import Database


class Desk:
    """Everything a verb works with, opened when it is first asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)

    def override(self, settings: Mapping[str, str]) -> None:
        """Let `settings` (by variable) win over the environment; for verbs that have options of the same meaning."""
        self._environ.update(settings)

    @cached_property
    def config(self) -> Config:
        """The settings. Raises `ConfigError`."""
        return Config.load(self._environ)

    @cached_property
    def unopened_database(self) -> "Database":
        """The database as it is, whatever schema it has."""
        from feedsvc.store.database import Database

        config = self.config
        return Database(config.database_url, config.database_pool, config.statement_timeout)

    @cached_property
    def database(self) -> "Database":
        """The database, with the current schema. Raises `SchemaError`."""
        from feedsvc.store import migration

        migration.require_current(self.unopened_database, self.config.base_url)
        return self.unopened_database

    @cached_property
    def newsroom(self) -> "Newsroom":
        """The door for changes."""
        from feedsvc.newsroom import Newsroom

        return Newsroom(self.database, self.config)

    @cached_property
    def keys(self) -> "Keys":
        """The keys to the API."""
        from feedsvc.keys import Keys

        return Keys(self.database)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """What is published."""
        from feedsvc.catalogue import Catalogue

        return Catalogue(self.config)

    @cached_property
    def urls(self) -> Urls:
        """The public addresses."""
        return Urls(self.config.base_url)


class Shell(click.Group):
    """A group whose verbs end with a sentence, not a traceback, when something is wrong that a person can mend.

    `verbs` says for each name where in `feedsvc.cli` its command is, as "module.name". A verb's module is imported
    when the verb is wanted, and by the help, which has a sentence of each.
    """

    def __init__(self, *arguments: Any, verbs: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._verbs})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._verbs:
            module, _, name = self._verbs[cmd_name].partition(".")
            self.add_command(getattr(import_module(f"{__package__}.{module}"), name))
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FeedsvcError as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            raise click.ClickException(f"The database refused: {error.orig}") from error
        except BrokenPipeError:  # pragma: no cover - takes a process and a pipe of its own
            # Whoever read our output has seen enough (`feedsvc export | head`).
            sys.stderr.close()
            ctx.exit(0)
        finally:
            desk = ctx.obj
            if isinstance(desk, Desk) and "unopened_database" in desk.__dict__:
                desk.unopened_database.close()
