"""Two machines over one PostgreSQL: servers of their own with caches of their own, and one journal for both."""

import json
from collections.abc import Callable

import pytest
from clients import FEEDS, ask_afresh, in_threads, workers
from conftest import Served, eventually
from databases import run_sql
from publisher import Publisher

from feedsvc.importing import BATCH

pytestmark = pytest.mark.only("postgresql")

# Four writers may keep each other waiting for as long as the tests beside them leave them nothing.
SETTINGS = {"base_url": "https://news.example", "statement_timeout": 120}

IMPORTED = BATCH + 100


@pytest.fixture
def machines(serve: Callable[..., Served]) -> list[Served]:
    return [serve("--workers", "2", **SETTINGS) for _ in range(2)]


def everywhere(machines: list[Served], path: str) -> set[bytes]:
    """What the workers of all machines answer; of 16 connections, each of two workers takes some."""
    return {ask_afresh(machine, path).body for machine in machines for _ in range(16)}


def test_what_is_published_on_one_is_seen_on_the_other(machines: list[Served], database_url: str) -> None:
    assert [len(workers(machine)) for machine in machines] == [2, 2]
    assert run_sql(database_url, "SELECT kind FROM journal") == [("site",)]
    for number, machine in enumerate(machines):
        item = json.dumps({"title": f"From machine {number}", "tags": ["Karabakh"]}).encode()
        published = machine.shell("publish", "-", stdin=item)
        assert published.returncode == 0, published.stderr
        for path in FEEDS:
            (body,) = eventually(lambda path=path: found if len(found := everywhere(machines, path)) == 1 else None)
            assert f"From machine {number}".encode() in body
    guid = published.stdout.decode().split()[-1]
    assert machines[0].shell("retract", guid).returncode == 0
    assert eventually(lambda: all(b"From machine 1" not in body for body in everywhere(machines, FEEDS[0])))


def test_writers_on_both_machines_leave_one_journal_and_every_worker_follows_it(
    machines: list[Served], database_url: str
) -> None:
    def write(machine: int) -> None:
        if machine < 2:
            items = "".join(json.dumps({"id": f"m{machine}-{n}", "title": "Imported"}) + "\n" for n in range(IMPORTED))
            assert machines[machine].shell("import", "-", stdin=items.encode()).returncode == 0
        else:
            with Publisher(machines[machine - 2].environment) as publisher:
                publisher.publish(40)

    in_threads(4, write)
    rows = run_sql(database_url, "SELECT seq, at FROM journal ORDER BY seq")
    assert [seq for seq, _ in rows] == list(range(1, 1 + 2 * IMPORTED + 2 * 40 + 1))
    assert [at for _, at in rows] == sorted(at for _, at in rows)
    positions = f"journal followed to {len(rows)}, ".encode()
    assert eventually(lambda: all(positions in body for body in everywhere(machines, "/ready")))
    for path in FEEDS:
        assert len(everywhere(machines, path)) == 1
