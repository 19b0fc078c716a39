"""The databases that copies are made of, and the empty ones that they are made into.

A plugin of the tests' modules (`pytest_plugins`): a second conftest.py would stand in the way of importing the first.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import ENGINES, empty_database
from holdings import stocked
from inside import output


@pytest.fixture
def source(database_url: str) -> str:
    """A database with hundreds of odd articles."""
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
    with empty_database(request.param, tmp_path / "target") as url:
        yield url


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    with empty_database("postgresql", tmp_path) as url:
        yield url
