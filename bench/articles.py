"""Made-up articles as JSON Feed items, with the length, the repetition and the fields of a news agency's."""

import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

_SYLLABLES = "ba den dor el ga hi kor la lin ma mer ni o pa pro ra sa sho tar ti tor u va wi zan ent ing ous".split()
_FIRST = datetime(2004, 1, 1, tzinfo=UTC)
_TAGS = 120
_AUTHORS = ("A. Reporter", "B. Writer", "C. Correspondent", "D. Stringer")


def _vocabulary() -> tuple[list[str], list[float]]:
    """Words of one to four syllables, and how often each is used: by Zipf's law, but for the very commonest."""
    chance = random.Random(1987)
    words = sorted({"".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(9_000)}, key=len)
    return words, list(accumulate(1 / rank for rank in range(20, len(words) + 20)))


_WORDS, _WEIGHTS = _vocabulary()


def made_up(count: int) -> Iterator[dict[str, Any]]:
    """The first `count` of them, oldest first; always the same."""
    chance = random.Random(1987)
    for number in range(count):
        published = _FIRST + number * timedelta(minutes=10)
        yield _article(f"urn:bench:{number}", chance) | {"date_published": published.isoformat()}


def new(tags: int = _TAGS) -> dict[str, Any]:
    """One that was never there, for now: five of the first so many tags, 120 unless told."""
    number = time.time_ns()
    return _article(f"urn:bench:new:{number}", random.Random(number), tags)


def _article(guid: str, chance: random.Random, tags: int = _TAGS) -> dict[str, Any]:
    return {
        "id": guid,
        "title": _sentence(chance, 9),
        "summary": _sentence(chance, 28),
        "content_html": "".join(f"<p>{_sentence(chance, 41)}</p>" for _ in range(6)),
        "authors": [{"name": chance.choice(_AUTHORS)}],
        "image": f"https://pictures.example/{chance.randrange(100_000)}.jpg",
        "tags": [f"Subject {number}" for number in chance.sample(range(1, tags + 1), k=5)],
    }


def _sentence(chance: random.Random, words: int) -> str:
    """So many words, the common ones often."""
    return " ".join(chance.choices(_WORDS, cum_weights=_WEIGHTS, k=words)).capitalize() + "."


def write(document: Path, count: int) -> Path:
    """`document`, with `count` articles as NDJSON."""
    with document.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(item) + "\n" for item in made_up(count))
    return document
