"""`feedsvc db backup`: a whole file, made while everything runs, or none."""

import os
import resource
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from conftest import eventually, run_shell
from holdings import ARTICLES, holdings, stocked
from inside import feedsvc, output, refusal
from test_shell_processes import COMMAND, read_terminal, terminal

from feedsvc import journal
from feedsvc.config import Config
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom
from feedsvc.store.backup import back_up
from feedsvc.store.database import Database


@pytest.fixture
def database(database_url: str) -> Path:
    """The file of a database with hundreds of odd articles."""
    path = Path(database_url.removeprefix("sqlite:///"))
    path.write_bytes(stocked())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


def test_a_backup_is_the_same_database_in_one_file(shell_environment, database, folder):
    told = output(shell_environment, "db", "backup", str(folder / "one.db"))
    assert told == (f"backed up 600 articles and 670 journal rows, up to change 670, to {folder}/one.db\n")
    assert [file.name for file in folder.iterdir()] == ["one.db"]
    with closing(sqlite3.connect(f"file:{folder}/one.db?mode=ro", uri=True)) as backup:
        assert backup.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert holdings(f"sqlite:///{folder}/one.db") == holdings(f"sqlite:///{database}")


def test_a_backup_has_what_is_not_yet_in_the_file_itself(shell_environment, database, folder):
    with publishing(database) as newsroom:
        guid = newsroom.publish(read_item({"title": "In the log only"})).guid
        assert Path(f"{database}-wal").stat().st_size > 0
        output(shell_environment, "db", "backup", str(folder / "one.db"))
    assert "In the log only" in output({"FEEDSVC_DATABASE_URL": f"sqlite:///{folder}/one.db"}, "export")
    assert guid in output({"FEEDSVC_DATABASE_URL": f"sqlite:///{folder}/one.db"}, "list")


@contextmanager
def publishing(path: Path) -> Iterator[Newsroom]:
    """A newsroom that has the database open, as another process would."""
    config = Config.load({"FEEDSVC_DATABASE_URL": f"sqlite:///{path}"})
    with closing(Database(config.database_url)) as database:
        yield Newsroom(database, config)


def test_a_backup_while_somebody_publishes_all_the_time_is_whole(shell_environment, database, folder):
    published: list[str] = []
    done = threading.Event()

    def publish() -> None:
        with publishing(database) as newsroom:
            while not done.is_set():
                item = read_item({"title": f"Article {len(published)}", "tags": ["Zebra 1"]})
                published.append(newsroom.publish(item).guid)

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        for number in range(3):
            first = len(eventually(lambda: published))
            made = run_shell(shell_environment, "db", "backup", str(folder / f"{number}.db"))
            assert (made.returncode, made.stderr) == (0, b"")
            _assert_whole(folder / f"{number}.db", first, len(published) + 1)
            assert len(published) > first
    finally:
        done.set()
        publisher.join()


def _assert_whole(file: Path, least: int, most: int) -> None:
    """The backup is of one moment, between the publishing of article `least` and that of article `most`."""
    with closing(sqlite3.connect(file)) as backup:
        assert backup.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert backup.execute("PRAGMA foreign_key_check").fetchall() == []
        articles = backup.execute("SELECT id FROM article WHERE guid NOT LIKE 'odd %' ORDER BY id").fetchall()
        seqs = [seq for (seq,) in backup.execute("SELECT seq FROM journal ORDER BY seq")]
        told = backup.execute("SELECT article_id FROM journal WHERE seq > 670 ORDER BY seq").fetchall()
        assert backup.execute("SELECT seq FROM journal_head").fetchall() == [(len(seqs),)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert told == articles
    assert least <= len(articles) <= most
    url = f"sqlite:///{file}"
    with closing(Database(url)) as database, database.read() as connection:
        assert journal.head(connection) == len(seqs)


def test_a_commit_at_each_step_does_not_make_a_backup_begin_anew(database, folder):
    steps: list[int] = []
    with publishing(database) as newsroom, closing(Database(f"sqlite:///{database}")) as own:

        def publish(done: int, total: int) -> None:
            steps.append(done)
            assert done <= total
            assert len(steps) < 100
            newsroom.publish(read_item({"title": "Another"}))

        saved = back_up(own, folder / "one.db", publish, replace=False)
    assert saved.articles == ARTICLES
    assert len(steps) > 1
    assert steps == sorted(steps)
    _assert_whole(folder / "one.db", 0, 0)


def test_a_terminal_sees_a_bar(shell_environment, database, folder):
    with (
        terminal() as (seen, written),
        subprocess.Popen(
            [*COMMAND, "db", "backup", str(folder / "one.db")],
            env=shell_environment,
            stdout=subprocess.PIPE,
            stderr=written,
        ) as process,
    ):
        os.close(written)
        shown = read_terminal(seen)
        process.communicate()
    assert process.returncode == 0
    assert "100%" in shown


def test_a_file_that_exists_is_replaced_when_that_is_wanted(shell_environment, database, folder):
    file = folder / "one.db"
    file.write_text("something else")
    sentence = refusal(shell_environment, "db", "backup", str(file))
    assert sentence == f"{file} exists already: name another file, or replace it with --force."
    assert file.read_text() == "something else"
    output(shell_environment, "db", "backup", "--force", str(file))
    assert holdings(f"sqlite:///{file}") == holdings(f"sqlite:///{database}")


@pytest.mark.parametrize("name", ["feedsvc.db", "feedsvc.db-wal", "feedsvc.db-shm", "backups/../feedsvc.db", "link"])
def test_a_backup_never_takes_the_place_of_the_database(shell_environment, database, folder, name):
    (database.parent / "link").symlink_to(database)
    file = database.parent / name
    assert refusal(shell_environment, "db", "backup", "--force", str(file)) == f"{file} belongs to the database itself."
    assert database.read_bytes() == stocked()


def remove(database: Path) -> None:
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()


def test_a_database_that_is_not_there_is_neither_backed_up_nor_made(shell_environment, tmp_path, folder):
    remove(tmp_path / "feedsvc.db")
    assert refusal(shell_environment, "db", "backup", str(folder / "one.db")) == (
        f"There is no database {tmp_path}/feedsvc.db."
    )
    assert [file.name for file in tmp_path.rglob("*")] == ["backups"]


def test_an_empty_file_and_the_tables_of_another_program_are_not_backed_up(shell_environment, tmp_path, folder):
    remove(tmp_path / "feedsvc.db")
    (tmp_path / "feedsvc.db").touch()
    assert "is empty: there is nothing to back up." in refusal(
        shell_environment, "db", "backup", str(folder / "one.db")
    )
    with closing(sqlite3.connect(tmp_path / "feedsvc.db")) as theirs:
        theirs.execute("CREATE TABLE theirs (id INTEGER)")
    assert "not feedsvc's" in refusal(shell_environment, "db", "backup", str(folder / "one.db"))
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_sentence(shell_environment, database, folder):
    file = folder / "no" / "one.db"
    assert refusal(shell_environment, "db", "backup", str(file)) == (
        f"{file} cannot be written: no such file or directory."
    )


def test_a_folder_is_no_file(shell_environment, database, folder):
    assert feedsvc(shell_environment, "db", "backup", "--force", str(folder)).exit_code == 2


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full as soon as a file has `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_a_sentence_and_leaves_nothing_and_the_older_backup(shell_environment, database, folder):
    (folder / "one.db").write_text("the older backup")
    with files_of_at_most(1_000_000):
        sentence = refusal(shell_environment, "db", "backup", "--force", str(folder / "one.db"))
    assert sentence.startswith("The backup cannot be made: ")
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [("one.db", "the older backup")]


def test_a_damaged_database_makes_no_backup(shell_environment, database, folder):
    content = bytearray(stocked())
    with closing(sqlite3.connect(database)) as damaged:
        index = "SELECT rootpage FROM sqlite_schema WHERE name = 'journal_by_article'"
        size, root = damaged.execute("PRAGMA page_size").fetchone()[0], damaged.execute(index).fetchone()[0]
    content[(root - 1) * size + 100 : root * size] = b"\xff" * (size - 100)
    database.write_bytes(content)
    sentence = refusal(shell_environment, "db", "backup", str(folder / "one.db"))
    assert sentence.startswith("The database is damaged, and so would be its backup: ")
    assert list(folder.iterdir()) == []


def test_postgresql_is_backed_up_by_its_own_program(shell_environment, folder):
    url = "postgresql+psycopg://desk:open-sesame@db.example/news"
    sentence = refusal(shell_environment | {"FEEDSVC_DATABASE_URL": url}, "db", "backup", f"{folder}/one.dump")
    assert sentence == (
        "PostgreSQL has a program for it: "
        f"pg_dump --format=custom --file={folder}/one.dump 'postgresql://desk:***@db.example/news'"
    )
    assert list(folder.iterdir()) == []
