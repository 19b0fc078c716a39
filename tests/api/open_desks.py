"""Desks for the tests in this folder: a plugin of their modules (`pytest_plugins`)."""

from collections.abc import Callable

import pytest
from conftest import Site
from desks import Desk

from feedsvc.keys import Scope


@pytest.fixture
def open_desk() -> Callable[..., Desk]:
    """Give a site a desk with a key for a scope."""

    def open_one(site: Site, scope: Scope = "publish", name: str = "") -> Desk:
        return Desk(site, site.service.keys.create(name or scope, scope))

    return open_one


@pytest.fixture
def desk(site: Site, open_desk: Callable[..., Desk]) -> Desk:
    """A desk that publishes."""
    return open_desk(site)
