"""The verbs that change what is published: publish, import, retract."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from feedsvc.cli.house import Desk
from feedsvc.errors import Unreadable

if TYPE_CHECKING:
    from feedsvc.importing import Imported
    from feedsvc.newsroom import Verdict

_REPORT_EVERY = 5_000


@click.command()
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def publish(desk: Desk, file: BinaryIO) -> None:
    """Publish one article: Markdown with front matter, or a JSON Feed item; `-` is standard input.

    An article with an `id` that is known is revised; without one it is new, and its id is printed.

    \b
    Examples
      feedsvc publish bridge.md
      echo '{"title": "Bridge opens", "content_text": "At noon.", "tags": ["Karabakh"]}' | feedsvc publish -

    \b
    A Markdown article
      ---
      title: Bridge opens
      tags: [Karabakh, "#Khankendi"]
      language: en
      author: A. Reporter
      summary: It took two years.
      image: {url: "https://example.org/bridge.jpg", credit: A. Photographer, alt: The bridge at noon}
      ---
      The bridge was opened **at noon**.
    """
    from feedsvc.intake import read_article  # noqa: PLC0415 - whoever retracts needs no reader of documents

    outcome = desk.newsroom.publish(read_article(file, file.name))
    click.echo(f"{outcome.verdict} {outcome.url}\nid {outcome.guid}")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--strict", is_flag=True, help="Exit with status 1 when anything was rejected.")
@click.pass_obj
def import_(desk: Desk, files: tuple[str, ...], strict: bool) -> None:
    """Import articles: NDJSON of JSON Feed items (gzipped or not), a JSON Feed, RSS or Atom; `-` is standard input.

    An item is known by its id: the same file twice changes nothing. Bad items are left out, each with its place
    and the reason on stderr. What is reported as done stays done if the import is killed, which can be run again.

    \b
    Examples
      feedsvc import items.ndjson.gz
      curl -s https://example.org/feed.xml | feedsvc import -
    """
    counts: dict[Verdict, int] = {"imported": 0, "updated": 0, "unchanged": 0, "rejected": 0}
    unreadable = 0
    try:
        for name in files:
            try:
                with click.open_file(name, "rb") as stream:
                    _import_one(desk, cast(BinaryIO, stream), name, counts)
            except Unreadable as error:
                click.echo(f"Error: {error}", err=True)
                unreadable += 1
    finally:
        click.echo(", ".join(f"{verdict} {number}" for verdict, number in counts.items()))
    if unreadable or (strict and counts["rejected"]):
        sys.exit(1)


def _import_one(desk: Desk, stream: BinaryIO, name: str, counts: dict["Verdict", int]) -> None:
    from feedsvc.importing import import_all  # noqa: PLC0415 - as above
    from feedsvc.intake import read_document  # noqa: PLC0415 - as above

    results = import_all(desk.newsroom, read_document(stream, name))
    if not sys.stderr.isatty():
        for done, result in enumerate(_tell(results, name, counts), start=1):
            if done % _REPORT_EVERY == 0:
                click.echo(f"{name}: {done:,} done, up to {result.place}", err=True)
    else:  # pragma: no cover - as below
        _show_progress(_tell(results, name, counts), stream, name)


def _show_progress(  # pragma: no cover - takes a terminal and a process of its own
    results: Iterable["Imported"], stream: BinaryIO, name: str
) -> None:
    size = Path(name).stat().st_size if name != "-" else 0
    with click.progressbar(length=size or 1, label=name, file=sys.stderr, show_pos=False) as bar:
        for _ in results:
            if size:
                bar.update(stream.tell() - bar.pos)


def _tell(results: Iterable["Imported"], name: str, counts: dict["Verdict", int]) -> Iterable["Imported"]:
    for result in results:
        counts[result.outcome.verdict] += 1
        if result.outcome.verdict == "rejected":
            where = f" {result.outcome.where}" if result.outcome.where else ""
            click.echo(f"{name}: {result.place}:{where} {result.outcome.reason}", err=True)
        yield result


@click.command()
@click.argument("guid", metavar="ID")
@click.option("--reason", default="", help="Why; it stays in the records and is not shown to readers.")
@click.pass_obj
def retract(desk: Desk, guid: str, reason: str) -> None:
    """Take an article out of every feed at once; its address answers 410 from now on.

    \b
    Example
      feedsvc retract tag:news.example,2026-01-01:article/… --reason "The photograph is not ours."
    """
    item = desk.newsroom.retract(guid, reason).record.item
    click.echo(f"retracted {item.get('url', guid)}")


@click.command()
@click.argument("guid", metavar="ID")
@click.pass_obj
def restore(desk: Desk, guid: str) -> None:
    """Put a retracted article back, under the same id and address.

    \b
    Example
      feedsvc restore tag:news.example,2026-01-01:article/…
    """
    item = desk.newsroom.restore(guid).record.item
    click.echo(f"restored {item.get('url', guid)}")
