"""The verbs that look: export, list, search, show, tags."""

import json
import sys
from datetime import datetime
from typing import cast

import click

from feedsvc.cli.house import Desk
from feedsvc.exporting import export_all, export_one
from feedsvc.item import parse_moment
from feedsvc.search.index import find
from feedsvc.search.question import ask, canonical
from feedsvc.selection import Selection


class _Moment(click.ParamType[datetime]):
    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return cast(datetime, parse_moment(value))
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


@click.command()
@click.option("--tag", help="Only what is published under this tag.")
@click.option("--since", type=_Moment(), help="Only what was published, revised or retracted here from this date on.")
@click.pass_obj
def export(desk: Desk, tag: str | None, since: datetime | None) -> None:
    """Write every article to standard output, a JSON Feed item a line: what `feedsvc import` reads.

    A retracted article is written as its id and the mark of its retraction, without content.

    \b
    Examples
      feedsvc export | gzip > all.ndjson.gz
      feedsvc export --tag Karabakh --since 2026-01-01
    """
    for item in export_all(desk.database, desk.config, tag, since):
        sys.stdout.buffer.write(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


@click.command("list")
@click.option("--tag", help="Only what is published under this tag.")
@click.option("--count", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@click.pass_obj
def list_(desk: Desk, tag: str | None, count: int) -> None:
    """List the newest published articles: date, id, headline.

    \b
    Examples
      feedsvc list
      feedsvc list --tag Karabakh --count 5
    """
    with desk.database.read() as connection:
        selection = desk.catalogue.canonical(connection, tag) if tag is not None else Selection()
        channel = desk.catalogue.channel(connection, selection)
        entries = desk.catalogue.headlines(connection, channel, count)
    for entry in entries:
        click.echo(f"{entry.published:%Y-%m-%d %H:%M}  {entry.guid}  {entry.title}")


@click.command()
@click.argument("guid", metavar="ID")
@click.pass_obj
def show(desk: Desk, guid: str) -> None:
    """Show one article as the item that `export` writes, with its reads.

    \b
    Example
      feedsvc show tag:news.example,2026-01-01:article/…
    """
    item, reads = export_one(desk.database, desk.config, guid)
    click.echo(json.dumps(item, ensure_ascii=False, indent=2))
    click.echo(f"Read: {reads:,}", err=True)


@click.command()
@click.pass_obj
def tags(desk: Desk) -> None:
    """List every tag with the number of its published articles, and its feed.

    \b
    Example
      feedsvc tags
    """
    with desk.database.read() as connection:
        for tag, count in desk.catalogue.tags(connection):
            click.echo(f"{count:>8,}  {tag.label}  {desk.urls.feed(Selection(tag.slug), 'rss')}")


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--count", default=20, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
@click.pass_obj
def search(desk: Desk, words: tuple[str, ...], count: int) -> None:
    """Search the published articles as readers do: date, id, headline; those with the words in the headline first.

    A word finds its inflections, and "words in quotation marks" are found as they stand. What was published in the last
    moments is found as soon as a server has indexed it.

    \b
    Examples
      feedsvc search bridges
      feedsvc search '"over the river"' bridge --count 5
    """
    question = ask(canonical(" ".join(words)), desk.config.language)
    with desk.database.read() as connection:
        found = find(connection, question, count)
        entries = desk.catalogue.numbered(connection, found.articles)
    for entry in entries:
        click.echo(f"{entry.published:%Y-%m-%d %H:%M}  {entry.guid}  {entry.title}")
    click.echo(f"Found: {'more than ' if found.more else ''}{found.total:,}", err=True)
