"""Many writers at once, in threads and in processes: one journal, no gap, in the order of the commits."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from conftest import eventually, run_shell
from databases import run_sql
from ledger import assert_books_balance, assert_journal_whole, exported, head, publish, reading
from sqlalchemy import func, select

from feedsvc.journal import JournalWriter
from feedsvc.store.database import Database
from feedsvc.store.schema import JournalHeadRow, JournalRow

THREADS, EACH = 8, 10
PROCESSES, ITEMS = 2, 300


def test_writers_in_threads_and_processes_leave_one_journal(newsroom, shell_environment, tmp_path):
    documents = []
    for process in range(PROCESSES):
        document = tmp_path / f"{process}.ndjson"
        items = ({"id": f"p{process}-{n}", "title": f"Process {n}", "tags": [f"T{n % 7}"]} for n in range(ITEMS))
        document.write_text("".join(json.dumps(item) + "\n" for item in items))
        documents.append(document)
    done = threading.Event()
    snapshots = []

    def watch() -> None:
        while not done.wait(0.005):
            with reading(newsroom) as connection:
                count, newest = connection.execute(select(func.count(), func.max(JournalRow.seq))).one()
                seq = connection.execute(select(JournalHeadRow.seq)).scalar_one()
            snapshots.append((count, newest or 0, seq))

    def write(thread: int) -> None:
        for n in range(EACH):
            guid = f"t{thread}-{n % 5}"
            publish(newsroom, id=guid, title=f"Thread {thread} {n}", tags=[f"T{n % 7}", f"U{thread}"])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(PROCESSES + THREADS) as pool:
            imports = [pool.submit(run_shell, shell_environment, "import", str(document)) for document in documents]
            for future in [pool.submit(write, thread) for thread in range(THREADS)]:
                future.result()
    finally:
        done.set()
        watcher.join()

    for imported in (future.result() for future in imports):
        assert imported.returncode == 0, imported.stderr
        assert imported.stdout == b"imported 300, updated 0, unchanged 0, rejected 0\n"
    assert all(count == newest == seq for count, newest, seq in snapshots)
    assert snapshots == sorted(snapshots)
    assert head(newsroom) == PROCESSES * ITEMS + THREADS * EACH
    assert len(exported(newsroom)) == PROCESSES * ITEMS + THREADS * 5
    assert_books_balance(newsroom)


def test_the_same_article_from_many_writers_is_published_once(newsroom):
    barrier = threading.Barrier(THREADS)

    def write(_: int) -> str:
        barrier.wait()
        return publish(newsroom, id="a", tags=["A"], date_published="2024-01-01").verdict

    with ThreadPoolExecutor(THREADS) as pool:
        verdicts = sorted(pool.map(write, range(THREADS)))
    assert verdicts == ["imported"] + ["unchanged"] * (THREADS - 1)
    assert head(newsroom) == 1


@pytest.mark.only("postgresql")
def test_who_has_waited_longest_writes_next(newsroom, database_url):
    # For such a lock PostgreSQL keeps the order, and not for a row's.
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    with ThreadPoolExecutor(1) as pool:
        with closing(Database(database_url)) as database, database.write() as connection:
            JournalWriter(connection, datetime.now(UTC))
            second = pool.submit(publish, newsroom, id="second")
            eventually(lambda: run_sql(database_url, waiting))
        publish(newsroom, id="third")
        second.result()
    assert run_sql(database_url, "SELECT guid FROM article ORDER BY id") == [("second",), ("third",)]


def test_processes_that_find_an_empty_database_found_it_once(shell_environment, empty_database_url):
    environment = shell_environment | {"FEEDSVC_DATABASE_URL": empty_database_url}
    with ThreadPoolExecutor(3) as pool:
        for done in pool.map(lambda _: run_shell(environment, "tags"), range(3)):
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_books_of_an_empty_newsroom_balance(newsroom):
    with reading(newsroom) as connection:
        assert_journal_whole(connection)
    assert_books_balance(newsroom)
