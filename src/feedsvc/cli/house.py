"""What all verbs share: the settings, the open database, and errors as one sentence on stderr."""

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.keys import Keys
from feedsvc.newsroom import Newsroom
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.urls import Urls


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
    def unopened_database(self) -> Database:
        """The database as it is, whatever schema it has."""
        config = self.config
        return Database(config.database_url, config.database_pool, config.statement_timeout)

    @cached_property
    def database(self) -> Database:
        """The database, with the current schema. Raises `SchemaError`."""
        migration.require_current(self.unopened_database, self.config.base_url)
        return self.unopened_database

    @cached_property
    def newsroom(self) -> Newsroom:
        """The door for changes."""
        return Newsroom(self.database, self.config)

    @cached_property
    def keys(self) -> Keys:
        """The keys to the API."""
        return Keys(self.database)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is published."""
        return Catalogue(self.config)

    @cached_property
    def urls(self) -> Urls:
        """The public addresses."""
        return Urls(self.config.base_url)


class Shell(click.Group):
    """A group whose verbs end with a sentence, not a traceback, when something is wrong that a person can mend."""

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
