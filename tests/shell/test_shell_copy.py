"""`feedsvc db copy`: what is in the copy, and what it says."""

import contextlib
import io
import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing

import pytest
from conftest import Site
from copies import at, copied
from holdings import ARTICLES, holdings, move_on
from inside import feedsvc, output
from sqlalchemy import make_url
from test_shell_processes import COMMAND, read_terminal, terminal

from feedsvc.cli import main
from feedsvc.store.schema import Base

pytest_plugins = ("sources_and_targets",)


def test_a_copy_and_the_copy_of_the_copy_are_the_same_in_everything(shell_environment, source, postgres, tmp_path):
    back = f"sqlite:///{tmp_path}/back.db"
    exported = output(shell_environment, "export")
    assert exported.count("\n") == ARTICLES

    copied(shell_environment, source, postgres)
    assert output(at(shell_environment, postgres), "export") == exported
    assert holdings(postgres) == holdings(source)

    copied(shell_environment, postgres, back)
    assert output(at(shell_environment, back), "export") == exported
    assert _as_stored(back) == _as_stored(source)


def _as_stored(url: str) -> list[list[tuple[object, ...]]]:
    """The values as they stand in a SQLite file, read by another program than ours."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return [[(name,), *sorted(database.execute(f"SELECT * FROM {name}"), key=repr)] for name in sorted(tables)]


def test_every_document_of_a_copy_is_the_same(shell_environment, source, target, make_site: Callable[..., Site]):
    settings = {"base_url": "https://news.example", "title": "News"}
    original = make_site(**settings)
    copied(shell_environment, source, target)
    copy = make_site(database_url=target, **settings)

    feeds = [line.split()[-1].partition(":8000")[2] for line in output(shell_environment, "tags").split("\n")[:-1]]
    paths = [
        feed.replace(".rss", form)
        for feed in ["/feeds/news-line.rss", *feeds[::20]]
        for form in (".rss", ".atom", ".json")
    ]
    paths += ["/", "/tags", "/articles/moved-5", "/articles/moved-0", "/articles/zebra-60", "/articles/zebra-12"]
    seen = set()
    for path in paths:
        one, other = original.get(path), copy.get(path)
        headers = ("ETag", "Last-Modified", "Location", "Surrogate-Key")
        assert (other.status_code, other.content) == (one.status_code, one.content), path
        assert [other.headers.get(name) for name in headers] == [one.headers.get(name) for name in headers], path
        seen.add(one.status_code)
    assert seen == {200, 301, 410}


def test_publishing_goes_on_in_the_copy_where_it_was(shell_environment, source, target):
    copied(shell_environment, source, target)
    for url in (source, target):
        move_on(at(shell_environment, url))
    here, there = holdings(target), holdings(source)
    for table, places in (("article", range(11)), ("journal", (0, 2, 3)), ("channel", range(4)), ("touch", range(2))):
        assert [[row[place] for place in places] for row in here[table]] == [
            [row[place] for place in places] for row in there[table]
        ]
    assert here["journal_head"][0][1] == there["journal_head"][0][1] == len(here["journal"])


def test_no_table_counts_by_itself():
    # PostgreSQL would begin again at 1 in a copy, whose numbers come from elsewhere.
    assert {table.name: table.autoincrement_column for table in Base.metadata.sorted_tables} == dict.fromkeys(
        Base.metadata.tables
    )


def test_it_says_how_far_it_is_what_there_is_and_what_to_do_next(shell_environment, source, target):
    result = feedsvc(shell_environment, "db", "copy", source, target)
    total = sum(map(len, holdings(source).values()))
    progress = result.stderr.splitlines()
    assert [line.split()[0] for line in progress] == ["copied"] * 4 + ["verified"] * 4
    assert progress[3].startswith(f"copied {total:,} of {total:,} rows, the last in ")
    assert progress[7].startswith(f"verified {total:,} of {total:,} rows, the last in ")
    first, second = result.stdout.splitlines()
    assert first == "copied and verified 600 articles and 670 journal rows, up to change 670"
    shown = make_url(target).render_as_string()
    assert second == f"Next: set FEEDSVC_DATABASE_URL to {shown} and restart feedsvc."


def test_a_terminal_sees_bars(shell_environment, small, tmp_path):
    command = [*COMMAND, "db", "copy", small, f"sqlite:///{tmp_path}/copy.db"]
    with (
        terminal() as (seen, written),
        subprocess.Popen(command, env=shell_environment, stdout=subprocess.PIPE, stderr=written) as process,
    ):
        os.close(written)
        shown = read_terminal(seen)
        assert process.stdout is not None
        told = process.stdout.read().decode()
    assert process.returncode == 0
    assert told.startswith("copied and verified 3 articles and 3 journal rows, up to change 3\n")
    assert shown.count("100%") == 2
    assert "copied  [" in shown
    assert "verified  [" in shown


class _Interruption(io.StringIO):
    """A standard error that does something else the first time that it is told anything."""

    def __init__(self, deed: Callable[[], object]) -> None:
        super().__init__()
        self._deed: Callable[[], object] | None = deed

    def write(self, said: str) -> int:
        if self._deed:
            deed, self._deed = self._deed, None
            deed()
        return super().write(said)


@pytest.mark.parametrize("reverse", [False, True], ids=["from SQLite", "from PostgreSQL"])
def test_what_is_published_meanwhile_is_not_half_in_the_copy_and_is_told(
    shell_environment, source, postgres, tmp_path, reverse
):
    if reverse:
        copied(shell_environment, source, postgres)
        source, target = postgres, f"sqlite:///{tmp_path}/back.db"
    else:
        target = postgres
    before = holdings(source)
    with contextlib.redirect_stderr(_Interruption(lambda: move_on(at(shell_environment, source)))) as told:
        main(["db", "copy", source, target], standalone_mode=False)
    assert holdings(target) == before
    assert told.getvalue().splitlines()[-1] == "FROM has had 7 changes meanwhile, which are not in the copy."


def test_an_empty_newsroom_is_copied_as_it_is(shell_environment, database_url, target):
    output(shell_environment, "list")
    assert "copied and verified 0 articles and 0 journal rows, up to change 0" in copied(
        shell_environment, database_url, target
    )
    assert holdings(target) == holdings(database_url)
