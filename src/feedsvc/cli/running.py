"""The verbs of whoever runs it: serve, config."""

import sys
from pathlib import Path

import click

from feedsvc.cli.house import Desk
from feedsvc.config import PREFIX, Config
from feedsvc.selection import Selection
from feedsvc.urls import Urls


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
    from feedsvc.server import listen  # noqa: PLC0415 - `config` needs no server

    desk.override({f"{PREFIX}{name.upper()}": str(value) for name, value in options.items() if value is not None})
    config = desk.config
    if demo:
        from feedsvc.demo import publish_demo  # noqa: PLC0415 - few want it

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
