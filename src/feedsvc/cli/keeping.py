"""The verbs that keep the house: keys, the log, tags."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import click

from feedsvc import audit
from feedsvc.cli.house import Desk
from feedsvc.desk import tags
from feedsvc.desk.transaction import Transaction
from feedsvc.keys import SCOPES, Scope
from feedsvc.store.channels import FiledTag

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class _Lasting(click.ParamType[timedelta]):
    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        number, unit = value[:-1], _UNITS.get(value[-1:])
        if unit is None or not number.isdecimal() or not 0 < int(number) <= 100_000:
            self.fail(f"{value!r} is not a time such as 90d, 12h or 30m", param, ctx)
        return timedelta(**{unit: int(number)})


@click.group()
def key() -> None:
    """Make, list and revoke keys to the API.

    \b
    Example
      feedsvc key create "Night desk" --scope publish --expires 90d
    """


@key.command("create")
@click.argument("name")
@click.option("--scope", required=True, type=click.Choice(SCOPES), help="What it is good for.")
@click.option("--expires", type=_Lasting(), help="How long it is good: 90d, 12h, 30m. Without: until it is revoked.")
@click.pass_obj
def create_key(desk: Desk, name: str, scope: str, expires: timedelta | None) -> None:
    """Make a key, and print its token, which is never shown again.

    `read` is for whoever looks, `edit` for whoever drafts, `publish` for whoever publishes; each contains the one
    before.

    \b
    Example
      feedsvc key create "Night desk" --scope publish --expires 90d
    """
    click.echo(desk.keys.create(name, cast(Scope, scope), expires))


@key.command("list")
@click.pass_obj
def list_keys(desk: Desk) -> None:
    """List every key there ever was: name, scope, state, when it was used last.

    \b
    Example
      feedsvc key list
    """
    for each in desk.keys.all():
        state = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else "good"
        if not each.revoked_at and each.expires_at:
            state = f"until {each.expires_at:%Y-%m-%d %H:%M}"
        used = f"used {each.used_at:%Y-%m-%d %H:%M}" if each.used_at else "never used"
        click.echo(f"{each.name}  {each.scope}  {state}  {used}")


@key.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke_key(desk: Desk, name: str) -> None:
    """Make a key good for nothing, at once and for ever.

    \b
    Example
      feedsvc key revoke "Night desk"
    """
    desk.keys.revoke(name)
    click.echo(f"revoked {name}")


@click.command()
@click.option("--count", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many lines.")
@click.option("--of", "subject", help="Only what was done to this article (its id), tag (its slug) or key (its name).")
@click.pass_obj
def log(desk: Desk, count: int, subject: str | None) -> None:
    """Show who did what, the newest first: time (UTC), who, what, to what, details.

    \b
    Examples
      feedsvc log
      feedsvc log --of tag:news.example,2026-01-01:article/…
    """
    with desk.database.read() as connection:
        lines = audit.lines(connection, count, subject=subject)
    for line in lines:
        detail = f"  {json.dumps(line.detail, ensure_ascii=False)}" if line.detail else ""
        click.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.actor}  {line.deed}  {line.kind} {line.subject}{detail}")


@click.group()
def tag() -> None:
    """Rename, translate, describe, merge and retire tags.

    \b
    Example
      feedsvc tag rename Karabakh "Qarabağ"
    """


def _change(desk: Desk, name: str, change: Callable[[Transaction, FiledTag], None]) -> None:
    with desk.newsroom.tag(name) as (transaction, found):
        change(transaction, found)
    click.echo(f"done: {found.label}")


@tag.command("rename")
@click.argument("name")
@click.argument("label")
@click.pass_obj
def rename_tag(desk: Desk, name: str, label: str) -> None:
    """Give a tag another label. Its old addresses redirect, and its feed keeps its id.

    \b
    Example
      feedsvc tag rename Karabakh "Qarabağ"
    """
    _change(desk, name, lambda transaction, found: tags.rename(transaction, found, label))


@tag.command("translate")
@click.argument("name")
@click.argument("language")
@click.argument("label")
@click.pass_obj
def translate_tag(desk: Desk, name: str, language: str, label: str) -> None:
    """Give a tag a label in a language (BCP 47); an empty one is its usual label again. Its addresses stay.

    \b
    Example
      feedsvc tag translate Karabakh az "Qarabağ"
    """
    _change(desk, name, lambda transaction, found: tags.translate(transaction, found, {language: label}))


@tag.command("describe")
@click.argument("name")
@click.option("--title", help="The title of its feed; empty for the usual one.")
@click.option("--description", help="The description of its feed; empty for the usual one.")
@click.pass_obj
def describe_tag(desk: Desk, name: str, title: str | None, description: str | None) -> None:
    """Give the feed of a tag a title and a description.

    \b
    Example
      feedsvc tag describe Karabakh --title "Karabakh, day by day"
    """
    _change(desk, name, lambda transaction, found: tags.describe(transaction, found, title, description))


@tag.command("merge")
@click.argument("name")
@click.argument("into")
@click.pass_obj
def merge_tag(desk: Desk, name: str, into: str) -> None:
    """Put every article of a tag under another one, to which its addresses redirect from then on.

    \b
    Example
      feedsvc tag merge "Election 2026" Elections
    """
    _change(desk, name, lambda transaction, found: tags.merge(transaction, found, tags.require(transaction, into)))


@tag.command("retire")
@click.argument("name")
@click.pass_obj
def retire_tag(desk: Desk, name: str) -> None:
    """Have the addresses of a tag answer 410, and no article show it; `tag restore` undoes that.

    \b
    Example
      feedsvc tag retire Gossip
    """
    _change(desk, name, tags.retire)


@tag.command("restore")
@click.argument("name")
@click.pass_obj
def restore_tag(desk: Desk, name: str) -> None:
    """Bring a retired tag back, with all its articles.

    \b
    Example
      feedsvc tag restore Gossip
    """
    _change(desk, name, tags.restore)
