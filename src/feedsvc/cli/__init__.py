"""The `feedsvc` command: what an editor or operator does from a shell."""

import os

import click

from feedsvc import __version__, logs
from feedsvc.cli.house import Desk, Shell

_VERBS = {
    "serve": "running.serve",
    "publish": "publishing.publish",
    "import": "publishing.import_",
    "export": "reading.export",
    "list": "reading.list_",
    "search": "reading.search",
    "show": "reading.show",
    "retract": "publishing.retract",
    "restore": "publishing.restore",
    "tags": "reading.tags",
    "tag": "keeping.tag",
    "key": "keeping.key",
    "log": "keeping.log",
    "push": "push.push",
    "hub": "push.hub",
    "db": "database.db",
    "config": "running.config",
}


@click.group(
    cls=Shell, verbs=_VERBS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="feedsvc")
@click.pass_context
def main(context: click.Context) -> None:
    """A syndication feed service: articles in, cached RSS, Atom and JSON feeds and pages out.

    \b
    Begin with
      feedsvc serve --demo          a site with demo articles on http://127.0.0.1:8000
      feedsvc publish article.md    your first article
      feedsvc import items.ndjson   many at once

    Settings come from FEEDSVC_… variables and the TOML file that FEEDSVC_CONFIG names; `feedsvc config` lists them.
    """
    logs.configure("warning")
    context.obj = Desk(os.environ)
