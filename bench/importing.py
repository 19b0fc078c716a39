"""How fast `feedsvc import` takes articles in, and whether its memory grows with the file.

Usage: python bench/importing.py [FILE.ndjson[.gz]]   (without a file, on made-up articles)
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SMALL, LARGE = 20_000, 100_000
WORDS = "cocoa zone drought early January crop bags estimate harvest export shipment price dollar mln pct said".split()


def made_up(count: int) -> Iterator[dict[str, object]]:
    """Articles of about 800 characters with three of 120 tags, the same in every run."""
    chance = random.Random(1987)
    for number in range(count):
        yield {
            "id": f"urn:bench:{number}",
            "title": " ".join(chance.choices(WORDS, k=8)).upper(),
            "content_text": "\n\n".join(" ".join(chance.choices(WORDS, k=45)) for _ in range(3)),
            "date_published": f"2024-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:00:00Z",
            "tags": [f"subject-{chance.randrange(120)}" for _ in range(3)],
        }


def run_import(document: Path, folder: str) -> tuple[int, float, float]:
    """Import `document` into an empty database: articles taken in, seconds in all, peak memory in MB."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    environment["FEEDSVC_DATABASE_URL"] = f"sqlite:///{folder}/{document.stem}-{time.monotonic_ns()}.db"
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "feedsvc", "import", str(document)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    # A failed import ends the benchmark here; the types cannot know that there is a pipe and a summary.
    output = process.stdout.read()  # type: ignore[union-attr]
    _, _, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    imported = int(re.search(rb"imported (\d+)", output)[1])  # type: ignore[index]
    return imported, seconds, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        documents = [Path(name) for name in sys.argv[1:]]
        for count in () if documents else (SMALL, LARGE):
            document = Path(folder) / f"made-up-{count}.ndjson"
            document.write_text("".join(json.dumps(item) + "\n" for item in made_up(count)), "utf-8")
            documents.append(document)
        print("| document | articles | articles/s, start of the program included | peak memory, MB |")
        print("|---|---|---|---|")
        for document in documents:
            runs = sorted((run_import(document, folder) for _ in range(3)), key=lambda run: run[1])
            imported, seconds, memory = runs[1]
            print(f"| {document.name} | {imported:,} | {imported / seconds:,.0f} | {memory:,.0f} |")


if __name__ == "__main__":
    main()
