"""What readers and editors ask of the database never takes reading a table whole, however few rows it still has."""

import re
from contextlib import closing

import pytest
from databases import ENGINES, empty_database
from generated import fill
from plans import Cases, Observer
from sqlalchemy import make_url

from feedsvc.config import Config
from feedsvc.store.database import Database

LARGE = ("article", "placement", "journal", "touch", "retired_slug")
# SQLite's EXPLAIN QUERY PLAN says SCAN where it reads a table or an index from end to end.
WHOLE = re.compile(rf"(?:Seq Scan on|SCAN) ({'|'.join(LARGE)})\b")


@pytest.fixture(params=ENGINES)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        fill(url, 2_000, 40)
        # On a small table PostgreSQL rightly reads the whole; told not to, it does so only where there is no other way.
        careful = {"options": "-c enable_seqscan=off"} if request.param == "postgresql" else {}
        address = make_url(url).update_query_dict(careful)
        with closing(Database(address.render_as_string(hide_password=False))) as database:
            yield database


def test_no_large_table_is_read_whole(database):
    config = Config.load({"FEEDSVC_DATABASE_URL": database.url.render_as_string(hide_password=False)})
    cases = list(Cases(database, config))
    observer = Observer(database)
    taken = {name: observer.steps(case) for name, case in cases}
    assert len(taken) > 20
    assert all(steps for steps in taken.values())
    assert not [(name, way) for name, steps in taken.items() for step in steps for way in step.ways if WHOLE.match(way)]
