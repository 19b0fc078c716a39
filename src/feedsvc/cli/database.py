"""The verbs of the database itself: db upgrade, current, copy, backup."""

import sys
from collections.abc import Iterable
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import click

from feedsvc.cli.house import Desk
from feedsvc.config import PREFIX
from feedsvc.settings_text import database_address
from feedsvc.store import copying, migration
from feedsvc.store.backup import back_up
from feedsvc.store.contents import contents
from feedsvc.store.database import Database

_REPORT_EVERY = 5_000


class _Address(click.ParamType[str]):
    name = "address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return database_address(value)
        except ValueError as error:
            # The value is not repeated: there may be a password in it.
            self.fail(f"it {error}.", param, ctx)


@click.group()
def db() -> None:
    """The database: its schema, its backup, and its move to another.

    \b
    Examples
      feedsvc db current
      feedsvc db upgrade
      feedsvc db backup /backups/feedsvc.db
      feedsvc db copy sqlite:///var/feedsvc.db postgresql://feedsvc@db.example/feedsvc
    """


@db.command()
@click.pass_obj
def upgrade(desk: Desk) -> None:
    """Bring the database to the schema of this program, whole or not at all.

    \b
    Example
      feedsvc db upgrade
    """
    before = migration.current(desk.unopened_database)
    migration.upgrade(desk.unopened_database, desk.config.base_url)
    after = migration.current(desk.unopened_database)
    click.echo(f"schema {after}, as it was" if before == after else f"schema {after}, before that {before or 'none'}")


@db.command()
@click.pass_obj
def current(desk: Desk) -> None:
    """Print the schema of the database, and the one this program needs.

    \b
    Example
      feedsvc db current
    """
    click.echo(f"schema {migration.current(desk.unopened_database) or 'none'}, needed {migration.head()}")


@db.command()
@click.argument("source", metavar="FROM", type=_Address())
@click.argument("target", metavar="TO", type=_Address())
def copy(source: str, target: str) -> None:
    """Copy the database at the address FROM into the empty one at TO: everything, ids and journal included.

    What is published in FROM meanwhile is not in the copy, so let nobody publish. Feeds may go on being served. A copy
    that was stopped goes on when the same is run again, and until it is finished and verified nothing uses TO.

    \b
    Example
      feedsvc db copy sqlite:///var/feedsvc.db postgresql://feedsvc@db.example/feedsvc
    """
    with (
        closing(Database.existing(source, statement_seconds=0)) as old,
        closing(Database(target, statement_seconds=0)) as new,
    ):
        for _, steps in groupby(copying.copy(old, new), attrgetter("deed")):
            _show(steps)
        with old.read() as there, new.read() as here:
            left, copied = contents(there), contents(here)
    click.echo(f"copied and verified {copied}")
    if missed := left.newest - copied.newest:
        click.echo(f"FROM has had {missed:,} changes meanwhile, which are not in the copy.", err=True)
    click.echo(f"Next: set {PREFIX}DATABASE_URL to {new.url.render_as_string()} and restart feedsvc.")


def _show(steps: Iterable[copying.Step]) -> None:
    told = 0
    if not sys.stderr.isatty():
        for step in steps:
            if step.done == step.total or step.done - told >= _REPORT_EVERY:
                told = step.done
                click.echo(f"{step.deed} {step.done:,} of {step.total:,} rows, the last in {step.table}", err=True)
    else:  # pragma: no cover - takes a terminal and a process of its own
        with click.progressbar(length=1, file=sys.stderr, item_show_func=str) as bar:
            for step in steps:
                bar.label, bar.length = step.deed, step.total
                bar.update(step.rows, step.table)


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.pass_obj
def backup(desk: Desk, file: Path, force: bool) -> None:
    """Write a backup of the SQLite database to FILE, checked and whole, while everything runs.

    \b
    Example
      feedsvc db backup /backups/feedsvc.db --force
    """
    bar = click.progressbar(length=1, label="copied", file=sys.stderr, hidden=not sys.stderr.isatty())

    def show(done: int, total: int) -> None:
        bar.length = total
        bar.update(done - bar.pos)

    with closing(Database.existing(desk.config.database_url)) as database, bar:
        saved = back_up(database, file, show, replace=force)
    click.echo(f"backed up {saved}, to {file}")
