"""The verbs of whoever runs it: serve, db, config."""

import sys
from pathlib import Path

import click

from feedsvc.cli.house import Desk
from feedsvc.config import PREFIX, Config
from feedsvc.demo import publish_demo
from feedsvc.server import listen
from feedsvc.store import migration
from feedsvc.urls import Selection, Urls


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1, 256), help="How many worker processes.")
@click.option("--access-log", is_flag=True, default=None, help="Log every request.")
@click.option("--demo", is_flag=True, help="Publish demo articles if there are none at all.")
@click.pass_obj
def serve(desk: Desk, /, demo: bool, **options: object) -> None:
    """Serve the site and its feeds until SIGTERM or Ctrl-C. An empty database is set up first.

    \b
    Examples
      feedsvc serve --demo
      FEEDSVC_BASE_URL=https://news.example feedsvc serve --host 0.0.0.0 --workers 4
    """
    desk.override({f"{PREFIX}{name.upper()}": str(value) for name, value in options.items() if value is not None})
    config = desk.config
    if demo:
        publish_demo(desk.database, desk.newsroom, config)
    desk.database.close()
    listen(config, lambda: _announce(config))


def _announce(config: Config) -> None:  # pragma: no cover - said by a server that runs
    urls = Urls(config.base_url)
    feed = urls.feed(Selection(), "{rss,atom,json}")
    program = sys.argv[0] if Path(sys.argv[0]).name == "feedsvc" else "python -m feedsvc"
    if config.origin("base_url") != "default" and config.port != Config.model_fields["port"].default:
        program = f"{PREFIX}PORT={config.port} {program}"
    click.echo(f"Open {urls.home()} and subscribe to {feed}; publish with: {program} publish article.md (Ctrl-C stops)")


@click.group()
def db() -> None:
    """The database: its schema, and bringing it up to date.

    \b
    Examples
      feedsvc db current
      feedsvc db upgrade
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


@click.command()
@click.pass_obj
def config(desk: Desk) -> None:
    """List each setting, its value, and where the value came from.

    \b
    Examples
      feedsvc config
      FEEDSVC_CONFIG=feedsvc.toml feedsvc config
    """
    settings = desk.config
    for name in Config.model_fields:
        value = settings.public_value(name)
        click.echo(f"{name} = {value!r}  ({settings.origin(name)})")
