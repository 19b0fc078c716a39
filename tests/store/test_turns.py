"""Of all who want to do something now, one at a time gets the turn: in threads, in processes, after a crash."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import eventually

from feedsvc.store.database import Database

HOLDER = """
import sys
from feedsvc.store.database import Database
with Database(sys.argv[1]).turn("purge") as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def is_free(database: Database, name: str) -> bool:
    with database.turn(name) as mine:
        return mine


def test_one_has_the_turn_and_the_others_are_told_no(database: Database, database_url: str) -> None:
    other = Database(database_url)
    with database.turn("purge") as mine:
        assert mine
        assert not is_free(database, "purge")
        assert not is_free(other, "purge")
        assert is_free(other, "push")
    assert is_free(other, "purge")
    other.close()


def test_a_turn_ends_with_a_failure_in_it(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.turn("purge"):
        raise ZeroDivisionError
    assert is_free(database, "purge")


def test_being_told_no_ends_nobody_elses_turn(database: Database) -> None:
    with database.turn("purge"):
        assert [is_free(database, "purge") for _ in range(3)] == [False] * 3


def test_a_turn_ends_with_its_process(database: Database, database_url: str) -> None:
    command = [sys.executable, "-c", HOLDER, database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"True\n"
        assert not is_free(database, "purge")
        holder.kill()
    assert eventually(lambda: is_free(database, "purge"))


def test_a_turn_ends_with_its_block_though_a_process_was_forked_in_it(database: Database) -> None:
    reading, writing = os.pipe()
    with database.turn("purge") as mine:
        assert mine
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)  # until the other end is closed
            os._exit(0)
    assert is_free(database, "purge")
    os.close(writing)
    os.close(reading)
    assert os.waitpid(child, 0) == (child, 0)
