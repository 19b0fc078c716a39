"""The verbs of push: push, hub subscribers, deliveries, retry."""

import signal
import threading
from datetime import UTC, datetime

import click

from feedsvc import logs
from feedsvc.cli.house import Desk
from feedsvc.push import deliveries, subscriptions


@click.command()
@click.pass_obj
def push(desk: Desk) -> None:
    """Tell subscribers, hubs, IndexNow and webhooks of changes, until SIGTERM or Ctrl-C; without serving anything.

    For beside web processes that have `push` off. There may be several, on one machine or many.

    \b
    Example
      feedsvc push
    """
    # A client that no other verb needs would make each of them begin later.
    from feedsvc.instruments import instrument  # noqa: PLC0415 - as above
    from feedsvc.pressroom import Pressroom  # noqa: PLC0415 - as above

    logs.configure(desk.config.log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    room = Pressroom(desk.config, push=True)
    instrument(room)
    room.set_up()
    room.look_out({})
    room.start()
    click.echo("Pushing. (Ctrl-C stops)")
    stopping.wait()
    room.stop()
    room.close()


@click.group()
def hub() -> None:
    """Our feeds' WebSub hub: who is subscribed, and what is yet to be delivered.

    \b
    Example
      feedsvc hub subscribers
    """


_COUNT = click.option(
    "--count", default=100, show_default=True, type=click.IntRange(1, 1_000_000), help="How many lines at most."
)


@hub.command("subscribers")
@_COUNT
@click.pass_obj
def list_subscribers(desk: Desk, count: int) -> None:
    """List the subscriptions: until when, callback, topic, what is to be said of them.

    \b
    Example
      feedsvc hub subscribers --count 20
    """
    with desk.database.read() as connection:
        for each in subscriptions.every(connection, datetime.now(UTC), count):
            notes = [note for note, holds in (("signed", each.signed), ("slow or failing", each.troubled)) if holds]
            click.echo("  ".join([f"{each.expires_at:%Y-%m-%d %H:%M}", each.callback, each.topic, *notes]))


@hub.command("deliveries")
@_COUNT
@click.pass_obj
def list_deliveries(desk: Desk, count: int) -> None:
    """List the deliveries that wait: since when, callback, topic, how often they failed, and why.

    \b
    Example
      feedsvc hub deliveries
    """
    with desk.database.read() as connection:
        for each in deliveries.every(connection, count):
            state = "under way" if each.claimed_by else "due"
            if each.attempts:
                state = f"failed {each.attempts} times, again at {each.due_at:%Y-%m-%d %H:%M:%S}: {each.error}"
            click.echo("  ".join([f"{each.since:%Y-%m-%d %H:%M:%S}", each.callback, each.topic, state]))


@hub.command("retry")
@click.option("--host", default="", help="Only callbacks on this host: name and port, as `reader.example:443`.")
@click.pass_obj
def retry(desk: Desk, host: str) -> None:
    """Try again now what failed, and would be tried again later.

    \b
    Example
      feedsvc hub retry --host reader.example:443
    """
    with desk.database.write() as connection:
        number = deliveries.retry(connection, datetime.now(UTC), host)
    click.echo(f"{number} deliveries are tried again")
