"""A copy that is killed, at any moment, and finished by a second run after the source has moved on."""

import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from conftest import eventually
from databases import empty_database
from holdings import holdings, move_on
from inside import feedsvc, output, refusal
from sqlalchemy import inspect
from test_shell_processes import COMMAND

from feedsvc.store.database import Database

pytest_plugins = ("sources_and_targets",)


def kill_after(environment: dict[str, str], source: str, target: str, lines: int) -> None:
    """Run a copy and kill it when it has told `lines` lines; before the first, as soon as it has laid the tables."""
    command = [*COMMAND, "db", "copy", source, target]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        if lines:
            for _ in range(lines):
                assert process.stderr.readline()
        else:
            eventually(lambda: has_tables(target))
        process.kill()
        process.wait()


def has_tables(url: str) -> bool:
    if url.startswith("sqlite") and not Path(f"{url.removeprefix('sqlite:///')}-wal").exists():
        return False  # It is being made, and must not be disturbed by whoever looks.
    with closing(Database(url)) as database, database.read() as connection:
        return inspect(connection).has_table("unfinished_copy")


@pytest.mark.parametrize("lines", [0, 2])
def test_a_killed_copy_is_finished_by_a_second_run(shell_environment, source, target, lines):
    kill_after(shell_environment, source, target, lines)
    assert "unfinished copy" in refusal(shell_environment | {"FEEDSVC_DATABASE_URL": target}, "list")
    move_on(shell_environment)

    again = feedsvc(shell_environment, "db", "copy", source, target)

    assert again.exit_code == 0, again.output
    assert "copied and verified 601 articles and 677 journal rows, up to change 677\n" in again.stdout
    assert again.stderr.startswith("checked " if lines else "")
    assert holdings(target) == holdings(source)
    exported = output(shell_environment, "export")
    assert output(shell_environment | {"FEEDSVC_DATABASE_URL": target}, "export") == exported


def test_a_copy_may_be_killed_again_and_again(shell_environment, source, target):
    for lines in (1, 1, 2, 3):
        kill_after(shell_environment, source, target, lines)
        move_on_a_little(shell_environment)
    assert feedsvc(shell_environment, "db", "copy", source, target).exit_code == 0
    assert holdings(target) == holdings(source)


def move_on_a_little(environment: dict[str, str]) -> None:
    output(environment, "publish", "-", stdin='{"title": "Another", "tags": ["Zebra 1"]}')


def test_what_is_there_is_not_written_again(shell_environment, source, tmp_path):
    with empty_database("postgresql", tmp_path) as target:
        kill_after(shell_environment, source, target, 3)
        with closing(Database(target)) as database, database.read() as connection:
            before = connection.exec_driver_sql("SELECT id, xmin::text FROM article ORDER BY id").all()
        assert feedsvc(shell_environment, "db", "copy", source, target).exit_code == 0
        with closing(Database(target)) as database, database.read() as connection:
            after = connection.exec_driver_sql("SELECT id, xmin::text FROM article ORDER BY id").all()
    assert len(before) == 600
    assert after == before
