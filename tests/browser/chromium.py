"""A real browser for the tests in this folder, which are collected only where there is one.

A plugin of the tests' modules (`pytest_plugins`): a second conftest.py would stand in the way of importing the first.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, eventually, free_port
from elsewhere import Elsewhere, running
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from visits import ARABIC, ENGLISH, Pressroom, Visit, open_page

from feedsvc.config import Config
from feedsvc.newsroom import Newsroom
from feedsvc.store import migration
from feedsvc.store.database import Database

# The same browser without a window of its own does all this in half the time.
CHROMIUM = os.environ.get("FEEDSVC_TEST_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None
)
_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --no-proxy-server"
).split()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, leave these tests out; where everything must run, say so."""
    if CHROMIUM:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("There is no chromium; install it, or name one with FEEDSVC_TEST_CHROMIUM.")
    items[:] = [item for item in items if item.path.parent != Path(__file__).parent]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program of the browser."""
    assert CHROMIUM
    return CHROMIUM


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # as long as whatever else is waited for, in milliseconds
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pressroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    """A site for all tests: an article in English, one in Arabic, and a retracted one; none of them is ever read."""
    folder, port = tmp_path_factory.mktemp("pressroom"), free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    own = {"FEEDSVC_DATABASE_URL": f"sqlite:///{folder}/feedsvc.db", "FEEDSVC_PORT": str(port)}
    config = Config.load(own)
    with closing(Database(config.database_url)) as database, (folder / "log").open("wb") as log:
        migration.require_current(database, config.base_url)
        room = Pressroom(config.base_url, Newsroom(database, config), database)
        room.fill()
        server = subprocess.Popen(
            [sys.executable, "-m", "feedsvc", "serve"], env=inherited | own, stdout=log, stderr=subprocess.STDOUT
        )
        eventually(room.is_ready)
        yield room
        server.terminate()
        assert server.wait(30) == 0


@pytest.fixture
def visit(browser: Browser, pressroom: Pressroom) -> Iterator[Callable[..., Visit]]:
    """A new visitor, in a browser context of one's own with the given options."""
    contexts: list[BrowserContext] = []

    def begin(**options: Any) -> Visit:
        context = browser.new_context(**options)
        contexts.append(context)
        return open_page(context, pressroom.base)

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def article(pressroom: Pressroom) -> str:
    """The path of an article that nobody has read yet."""
    return pressroom.publish(ENGLISH)


@pytest.fixture
def arabic_article(pressroom: Pressroom) -> str:
    """The path of an article in Arabic that nobody has read yet."""
    return pressroom.publish(ARABIC)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A server that is none of ours."""
    with running() as server:
        yield server


@pytest.fixture
def news(site: Site) -> Site:
    """A site with eight articles of years ago, "Headline 0" the newest, and every other one about Karabakh."""
    for number in range(8):
        tags = ["Karabakh"] if number % 2 else []
        site.publish(title=f"Headline {number}", date_published=f"2023-05-{20 - number}T08:00:00Z", tags=tags)
    return site
