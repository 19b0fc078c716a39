"""`feedsvc db copy`: what is in the copy, what it says, what it refuses."""

import contextlib
import io
import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Site
from databases import ENGINES, database_of
from holdings import ARTICLES, holdings, move_on, stocked
from inside import feedsvc, output, refusal
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from test_shell_processes import COMMAND, read_terminal, terminal

from feedsvc.cli import main
from feedsvc.errors import CopyError
from feedsvc.store import copying
from feedsvc.store.database import Database
from feedsvc.store.schema import Base


def copied(environment: dict[str, str], source: str, target: str) -> str:
    """What a copy says that must succeed, on both streams."""
    result = feedsvc(environment, "db", "copy", source, target)
    assert result.exit_code == 0, result.output
    return result.output


def at(environment: dict[str, str], url: str) -> dict[str, str]:
    return environment | {"FEEDSVC_DATABASE_URL": url}


def execute(url: str, *statements: str) -> None:
    with closing(Database(url)) as database, database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextlib.contextmanager
def running(source: str, target: str) -> Iterator[Iterator[copying.Step]]:
    """A copy in this process, which goes on as far as its steps are asked for."""
    with (
        closing(Database(source)) as old,
        closing(Database(target)) as new,
        closing(copying.copy(old, new)) as steps,
    ):
        yield steps


@pytest.fixture
def source(database_url: str) -> str:
    """A database with thousands of odd articles."""
    Path(database_url.removeprefix("sqlite:///")).write_bytes(stocked())
    return database_url


@pytest.fixture
def small(shell_environment: dict[str, str], database_url: str) -> str:
    """A database with three articles."""
    for n in range(3):
        item = {"id": f"{n}", "title": f"Number {n}", "tags": ["Karabakh"], "_feedsvc": {"slug": f"s{n}"}}
        output(shell_environment, "publish", "-", stdin=json.dumps(item))
    return database_url


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of either kind."""
    (tmp_path / "target").mkdir()
    with database_of(request.param, tmp_path / "target") as url:
        yield url


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    with database_of("postgresql", tmp_path) as url:
        yield url


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
        for feed in ["/feeds/news-line.rss", *feeds[:20]]
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
    assert [line.split()[0] for line in progress] == ["copied"] * 3 + ["verified"] * 3
    assert progress[2].startswith(f"copied {total:,} of {total:,} rows, the last in ")
    assert progress[5].startswith(f"verified {total:,} of {total:,} rows, the last in ")
    first, second = result.stdout.splitlines()
    assert first == "copied and verified 2,300 articles and 2,370 journal rows, up to change 2,370"
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


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE article SET body = 'something else' WHERE id = 3", "article (3 rows in the source, 3 in the copy)"),
        (
            "UPDATE article SET published_at = '2020-01-01' WHERE id = 2",
            "article (3 rows in the source, 3 in the copy)",
        ),
        ("DELETE FROM touch WHERE seq = 3", "touch (6 rows in the source, 4 in the copy)"),
        ("INSERT INTO retired_slug VALUES ('z', 1)", "retired_slug (0 rows in the source, 1 in the copy)"),
    ],
)
def test_what_was_tampered_with_is_found_and_mended_by_another_run(shell_environment, small, target, statement, told):
    before = holdings(small)
    total = sum(map(len, before.values()))
    with running(small, target) as steps:
        while next(steps).done < total:
            pass
        execute(target, statement)
        with pytest.raises(CopyError) as failure:
            list(steps)
    assert str(failure.value) == f"The copy differs in {told}: run the same again, which will mend it."
    assert "unfinished copy" in refusal(at(shell_environment, target), "list")

    copied(shell_environment, small, target)
    assert holdings(target) == before


@pytest.mark.parametrize("verb", [["serve"], ["list"], ["publish", "-"], ["export"]], ids=" ".join)
def test_nothing_uses_a_copy_before_it_is_finished(shell_environment, small, target, verb):
    _begin(small, target)
    sentence = refusal(at(shell_environment, target), *verb, stdin='{"title": "x"}')
    source = small.removeprefix("sqlite:///")
    assert sentence == f"The database is an unfinished copy of sqlite:///{source}: finish it with `feedsvc db copy`."
    copied(shell_environment, small, target)
    assert len(output(at(shell_environment, target), "list").splitlines()) == 3


def test_an_unfinished_copy_is_not_copied(shell_environment, small, target, tmp_path):
    _begin(small, target)
    assert "unfinished copy" in refusal(shell_environment, "db", "copy", target, f"sqlite:///{tmp_path}/third.db")


def test_an_unfinished_copy_may_have_its_schema_looked_at_and_upgraded(shell_environment, small, target):
    _begin(small, target)
    output(at(shell_environment, target), "db", "current")
    output(at(shell_environment, target), "db", "upgrade")
    copied(shell_environment, small, target)
    assert holdings(target) == holdings(small)


def _begin(source: str, target: str) -> None:
    with running(source, target) as steps:
        next(steps)


def test_of_two_runs_into_one_database_the_later_goes_on(shell_environment, small, target):
    with running(small, target) as first, running(small, target) as second:
        next(first)
        next(second)
        with pytest.raises(CopyError, match="has taken over"):
            list(first)
        assert [step.deed for step in second][-1] == "verified"
    assert holdings(target) == holdings(small)


def test_a_run_that_was_overtaken_does_not_touch_a_copy_in_use(shell_environment, small, target):
    with running(small, target) as slow:
        next(slow)
        copied(shell_environment, small, target)
        output(at(shell_environment, target), "publish", "-", stdin='{"title": "In use"}')
        with pytest.raises(CopyError, match="has taken over"):
            list(slow)
    assert len(output(at(shell_environment, target), "list").splitlines()) == 4


def test_a_connection_that_is_lost_ends_a_run_and_not_the_copy(shell_environment, source, postgres):
    with running(source, postgres) as steps:
        while next(steps).table != "placement":
            pass
        execute(
            postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()",
        )
        with pytest.raises(DBAPIError):
            list(steps)
    copied(shell_environment, source, postgres)
    assert holdings(postgres) == holdings(source)


def test_rows_in_the_way_of_what_the_source_has_now_are_a_sentence(shell_environment, small, target):
    with running(small, target) as steps:
        while next(steps).table != "article":
            pass
    # No newsroom does this: an address is never given to another article.
    swap = "UPDATE article SET slug = '{}' WHERE id = {}"
    execute(small, swap.format("x", 1), swap.format("s0", 2), swap.format("s1", 1))
    result = feedsvc(shell_environment, "db", "copy", small, target)
    assert (result.exit_code, result.stdout) == (1, "")
    told = "has rows that are in the way of what the source has now: empty it, and begin again ("
    assert told in result.stderr
    assert "slug" in result.stderr.split(told)[1]


def test_what_postgresql_cannot_hold_is_a_sentence(shell_environment, small, postgres):
    # No newsroom lets this in.
    execute(small, "UPDATE article SET reason = 'x' || char(0) || 'y' WHERE id = 2")
    assert "The database refused: PostgreSQL text fields cannot contain NUL" in (
        feedsvc(shell_environment, "db", "copy", small, postgres).stderr
    )


def test_an_empty_newsroom_is_copied_as_it_is(shell_environment, database_url, target):
    output(shell_environment, "list")
    assert "copied and verified 0 articles and 0 journal rows, up to change 0" in copied(
        shell_environment, database_url, target
    )
    assert holdings(target) == holdings(database_url)


@pytest.mark.parametrize(
    "spelling", ["{}", "sqlite+pysqlite:///{path}", "sqlite:///{folder}/../{folder_name}/feedsvc.db"]
)
def test_one_database_cannot_be_copied_to_itself(shell_environment, small, tmp_path, spelling):
    path = small.removeprefix("sqlite:///")
    same = spelling.format(small, path=path, folder=tmp_path, folder_name=tmp_path.name)
    assert refusal(shell_environment, "db", "copy", small, same) == "Both addresses are of the same database."


def test_one_database_of_a_server_is_the_same_for_every_user(shell_environment):
    addresses = ("postgresql://one:secret@127.0.0.1:5432/news", "postgresql+psycopg://two@127.0.0.1/news")
    assert refusal(shell_environment, "db", "copy", *addresses) == "Both addresses are of the same database."


def test_a_source_that_is_not_there_is_not_made(shell_environment, tmp_path):
    source, target = f"sqlite:///{tmp_path}/no/where.db", f"sqlite:///{tmp_path}/target.db"
    assert refusal(shell_environment, "db", "copy", source, target) == f"There is no database {tmp_path}/no/where.db."
    assert list(tmp_path.iterdir()) == []


def test_a_source_without_anything_in_it_is_a_sentence(shell_environment, postgres, tmp_path):
    (tmp_path / "empty.db").touch()
    for source, target in ((postgres, f"sqlite:///{tmp_path}/target.db"), (f"sqlite:///{tmp_path}/empty.db", postgres)):
        assert "is empty: there is nothing to copy" in refusal(shell_environment, "db", "copy", source, target)
        assert not (tmp_path / "target.db").exists()


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(shell_environment, small, tmp_path):
    away = "postgresql://desk:open-sesame@127.0.0.1:1/feedsvc"
    for addresses in ((small, away), (away, f"sqlite:///{tmp_path}/target.db")):
        sentence = refusal(shell_environment, "db", "copy", *addresses)
        assert sentence.startswith("The database refused: ")
        assert "open-sesame" not in sentence


def test_a_database_in_use_is_no_target(shell_environment, small, target):
    output(at(shell_environment, target), "publish", "-", stdin='{"title": "Mine"}')
    before = holdings(target)
    assert "is in use by feedsvc already: a copy needs an empty database." in refusal(
        shell_environment, "db", "copy", small, target
    )
    assert holdings(target) == before


def test_a_finished_copy_is_in_use(shell_environment, small, target):
    copied(shell_environment, small, target)
    assert "is in use by feedsvc already" in refusal(shell_environment, "db", "copy", small, target)


def test_the_tables_of_another_program_are_left_alone(shell_environment, small, target):
    execute(target, "CREATE TABLE theirs (id INTEGER)")
    assert "holds tables that are not feedsvc's" in refusal(shell_environment, "db", "copy", small, target)
    assert "holds tables that are not feedsvc's" in refusal(shell_environment, "db", "copy", target, small)


def test_a_copy_is_gone_on_with_from_its_own_source_only(shell_environment, small, target, tmp_path):
    other = f"sqlite:///{tmp_path}/other.db"
    output(at(shell_environment, other), "list")
    _begin(small, target)
    sentence = refusal(shell_environment, "db", "copy", other, target)
    assert f"holds an unfinished copy of {small}: finish that one, or empty it." in sentence


def test_a_copy_that_another_version_began_is_a_sentence(shell_environment, small, target):
    _begin(small, target)
    execute(target, "UPDATE alembic_version SET version_num = '0000'")
    assert "holds a copy that another version of feedsvc has begun" in refusal(
        shell_environment, "db", "copy", small, target
    )


def test_a_source_of_another_version_is_a_sentence(shell_environment, small, target):
    execute(small, "UPDATE alembic_version SET version_num = '9999'")
    assert "needs a newer feedsvc" in refusal(shell_environment, "db", "copy", small, target)


@pytest.mark.parametrize("place", ["FROM", "TO"])
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("feedsvc.db", "it is not a database address such as sqlite:///var/feedsvc.db."),
        ("mysql://desk:open-sesame@h/x", "it names mysql, but feedsvc stores in sqlite or postgresql+psycopg."),
        ("sqlite://", "it names no file"),
    ],
)
def test_what_is_no_address_is_a_question_of_usage(shell_environment, tmp_path, place, address, reason):
    other = f"sqlite:///{tmp_path}/other.db"
    result = feedsvc(shell_environment, "db", "copy", *([address, other] if place == "FROM" else [other, address]))
    assert result.exit_code == 2
    assert f"Invalid value for '{place}': {reason}" in result.stderr
    assert "open-sesame" not in result.stderr
    assert list(tmp_path.iterdir()) == []
