"""What the tests of push begin with: a site that may push to callbacks on this machine, and a server with callbacks."""

from collections.abc import Callable, Iterator

import pytest
from callbacks import Subscribers
from conftest import Site


@pytest.fixture
def hub(make_site: Callable[..., Site]) -> Site:
    """A site that pushes to callbacks on this machine."""
    return make_site(push_networks="127.0.0.0/8", push_timeout=30)


@pytest.fixture
def reader() -> Iterator[Subscribers]:
    """Callbacks that confirm and accept everything."""
    with Subscribers().listening() as subscribers:
        yield subscribers
