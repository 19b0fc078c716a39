"""A database with hundreds of odd articles, how its newsroom goes on, and all that one holds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inside import output
from sqlalchemy import insert, select

from feedsvc.reads import ReadCounter
from feedsvc.store.database import Database
from feedsvc.store.schema import Base, RetiredSlugRow

ARTICLES = 600
_WORDS = ("Zebra", "ähre", "Əli", "عودة", "нить", "𐌰𐌱", "ﬁn", "Ｗide", "e\u0301clair", "日本", "ß", "Ångström")
_BODIES = (
    "",
    "<p>A &amp; B &lt;b&gt; \u2028 \u2029 \u00a0</p>",
    "<p>back\\slash \\N \\. \t tab</p>\n<pre>\r\nlines\n\n</pre>",
    "<p dir='rtl'>שלום 👩‍👩‍👧 \U0001f1e6\U0001f1ff</p>",
    "<p>" + "long " * 6_000 + "</p>",
)


@cache
def stocked() -> bytes:
    """The file of a SQLite database with all that; more than a page of rows in every large table."""
    with TemporaryDirectory() as folder:
        _stock({"FEEDSVC_DATABASE_URL": f"sqlite:///{folder}/stocked.db"})
        return (Path(folder) / "stocked.db").read_bytes()


def _stock(environment: Mapping[str, str]) -> None:
    first = "".join(f"{json.dumps(_item(n))}\n" for n in range(ARTICLES))
    assert output(environment, "import", "-", stdin=first).startswith(f"imported {ARTICLES},")
    moved = ({**_item(n), "title": "Moved", "_feedsvc": {"slug": f"moved-{n}"}} for n in range(60))
    again = "".join(f"{json.dumps(item)}\n" for item in moved)
    assert "updated 60," in output(environment, "import", "-", stdin=again)
    for n in range(0, 30, 3):
        output(environment, "retract", f"odd {n}", "--reason", "It’s “not” ours\\n")
    read(environment, range(1, 40))
    # By the newsroom's door this would take a minute.
    retired = [{"slug": f"{word}-retired-{n}", "article_id": 1 + n % ARTICLES} for n in range(900) for word in _WORDS]
    with closing(Database(environment["FEEDSVC_DATABASE_URL"])) as database, database.write() as connection:
        connection.execute(insert(RetiredSlugRow), retired)


def move_on(environment: Mapping[str, str]) -> None:
    """What a newsroom may do between two runs of a copy: publish, revise, move, retag and retract; and reads."""
    changed = [
        {"id": "new one", "title": "New", "tags": ["a new tag", "Zebra 1"]},
        {**_item(5), "title": "Revised once more", "tags": []},
        {**_item(10), "title": "Elsewhere", "_feedsvc": {"slug": "elsewhere"}},
        {**_item(7), "title": "Another subject", "tags": ["Zebra 1", "one more tag"]},
        {**_item(ARTICLES - 1), "title": "The last"},
    ]
    lines = "".join(f"{json.dumps(item)}\n" for item in changed)
    assert output(environment, "import", "-", stdin=lines) == "imported 1, updated 4, unchanged 0, rejected 0\n"
    output(environment, "retract", "odd 8")
    output(environment, "retract", f"odd {ARTICLES - 2}")
    read(environment, [2, ARTICLES])


def read(environment: Mapping[str, str], articles: range | list[int]) -> None:
    """Have articles (by number) read, each as often as its number says, up to ten times."""
    with closing(Database(environment["FEEDSVC_DATABASE_URL"])) as database:
        counter = ReadCounter(database)
        for article in articles:
            for _ in range(article):
                counter.count(article, "a reader")
        counter.stop()


def holdings(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, sorted here and not by the database."""
    return dict(_tables(url))


def _tables(url: str) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with closing(Database(url)) as database, database.read() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            places = [list(table.columns).index(column) for column in table.primary_key]
            yield table.name, sorted(map(tuple, rows), key=lambda row: [row[place] for place in places])


def _item(number: int) -> dict[str, Any]:
    word = _WORDS[number % len(_WORDS)]
    item = {
        "id": f"odd {number}",
        "title": f"{word} ‹{number}› \"quoted\" 'and' \\ so",
        "content_html": _BODIES[number % len(_BODIES)],
        "tags": [f"{word} {number % 40}", f"#{word}", f"tag {number % 7}"][: number % 4],
        "date_published": f"{1970 + number % 50}-02-{1 + number % 28:02}T23:59:59.{number % 1000:03}999+04:00",
        "language": ("en", "az", "ar")[number % 3],
        "authors": [{"name": f"Ə. {word}", "url": "https://example.org/ə"}] if number % 2 else [],
        "_feedsvc": {"slug": f"{word}-{number}"},
    }
    if number % 5 == 0:
        item["image"] = f"https://example.org/{number}.jpg"
    return item if number else item | {"date_published": "0001-01-01T00:00:00Z"}
