"""Part `import`: how fast `feedsvc import` takes articles in, and whether its memory grows with the file."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import articles
from figures import Spread, table
from house import settings
from machine import KEPT, LOAD_CORE, provenance, require
from section import Section

_METHOD = """\
`feedsvc import` of made-up articles (2 kB of HTML, a summary, a picture, five of 120 tags) as NDJSON into an empty
SQLite file on disk, in a process of its own on one core, {rounds} times each, turn by turn. The start of the program is
included. Memory is the most the process ever had; flat means that it grows by less than a twentieth from the small
file to the large one."""


class Import(NamedTuple):
    """One run: articles a second, and the peak of the memory in bytes."""

    rate: float
    peak: int


def measure(quick: bool) -> Section:
    """Articles a second and peak memory, of a small file and of one six times as large."""
    require("taskset")
    counts, rounds = ((1_000, 3_000), 1) if quick else ((10_000, 60_000), 2)
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as name:
        documents = {count: articles.write(Path(name) / f"{count}.ndjson", count) for count in counts}
        runs: dict[int, list[Import]] = {count: [] for count in counts}
        for _ in range(rounds):
            for count, document in documents.items():
                runs[count].append(_import(document, count))
    rows, facts = [], {}
    for size, count in zip(("small", "large"), counts, strict=True):
        rates, peaks = (Spread(figures) for figures in zip(*runs[count], strict=True))
        facts |= {f"import: {size}": rates.median, f"import: {size} memory": peaks.values[-1]}
        rows.append([f"{count:,}", f"{rates:,.0f}", f"{Spread(peak / 1e6 for peak in peaks.values):.1f}"])
    head = ("articles", "articles/s", "peak memory, MB")
    return Section("\n\n".join([provenance("import"), _METHOD.format(rounds=rounds), table(head, rows)]), facts)


def _import(document: Path, count: int) -> Import:
    """Import `document` into an empty database. Raises `RuntimeError` when not all of its articles were taken in."""
    database = document.with_suffix(".db")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", LOAD_CORE, sys.executable, "-m", "feedsvc", "import", str(document)],
        env=plain | settings(f"sqlite:///{database}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    told = process.stdout.read() if process.stdout else ""
    _, _, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    for file in document.parent.glob(f"{database.name}*"):
        file.unlink()
    imported = re.search(r"imported (\d+)", told)
    if imported is None or int(imported[1]) != count:
        raise RuntimeError(f"The import said: {told[-500:]}")
    return Import(count / seconds, usage.ru_maxrss * 1024)
