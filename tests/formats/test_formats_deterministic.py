import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sample_feed import FULL

import feedsvc
from feedsvc.formats import FORMATS

PATHS = [str(Path(feedsvc.__file__).parent.parent), str(Path(__file__).parent)]
PROGRAM = """
import contextlib, hashlib, locale
with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
from feedsvc.formats import FORMATS
from sample_feed import FULL
for form in FORMATS.values():
    print(form.name, hashlib.sha256(form.write(FULL)).hexdigest())
"""


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_equal_feeds_give_equal_bytes(form):
    assert form.write(FULL) == form.write(replace(FULL, addresses=dict(reversed(FULL.addresses.items()))))


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_threads_that_write_at_once_do_not_disturb_each_other(form):
    with ThreadPoolExecutor(4) as pool:
        documents = set(pool.map(form.write, [FULL] * 40))
    assert documents == {form.write(FULL)}


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kolkata", "LC_ALL": "de_DE.UTF-8"},
        {"PYTHONHASHSEED": "random", "TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8"},
    ],
)
def test_another_process_elsewhere_gives_the_same_bytes(environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(PATHS)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        f"{form.name} {hashlib.sha256(form.write(FULL)).hexdigest()}" for form in FORMATS.values()
    ]
