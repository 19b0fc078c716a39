"""The memory of a process that serves: bodies that are dropped leave no holes."""

import subprocess
import sys

import pytest

# A body is made, something small is kept behind it, and so on; in the end the bodies are dropped.
PROGRAM = """
import gc, re
from pathlib import Path
from feedsvc import heap

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

heap.settle()
before = resident()
bodies, small = [], []
for _ in range(1000):
    bodies.append(b"x" * 40_000)
    small.append(b"x" * 600)
full = resident()
bodies.clear()
print(full - before, resident() - before, gc.get_freeze_count())
"""


@pytest.fixture(scope="module")
def told() -> list[int]:
    """How much was taken, how much of it was kept, and how many objects the search for garbage passes over."""
    said = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True)
    return [int(number) for number in said.split()]


def test_a_body_gives_its_memory_back_whatever_was_kept_behind_it(told: list[int]) -> None:
    taken, kept, _ = told
    assert taken > 40_000_000
    assert kept < 4_000_000


def test_the_search_for_garbage_passes_over_what_was_imported(told: list[int]) -> None:
    assert told[2] > 1_000
