"""How the database goes about what the program asks of it: way, pages and time of each statement, on a filled archive.

Usage: python bench/plans.py URL [--plans]    (bench/generated.py fills one; `--plans` prints the plans whole)

The statements are the program's own, caught on their way to the driver. One article is published, revised and
retracted. Pages are of 8 KiB on PostgreSQL, where each touch of one counts, and of 4 KiB on SQLite, where each that
had to be read counts, with nothing remembered at the beginning of each case.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, func, select

from feedsvc import freshness, inventory, journal
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.directory import Channel
from feedsvc.discovery.sitemaps import MOST_NEWS
from feedsvc.errors import Moved, NotFound
from feedsvc.feeds import Feeds
from feedsvc.item import Item
from feedsvc.journal import PART_SIZE
from feedsvc.newsroom import Newsroom
from feedsvc.selection import Selection
from feedsvc.store import archive
from feedsvc.store.database import Database
from feedsvc.store.schema import NEWS_LINE, ArticleRow, ChannelRow, PlacementRow

ENTRIES = 50
DEPTHS = (1, 20_000)
"""How many documents of 50 entries are newer than one of the archive."""

_READING = ("SELECT", "WITH")
_SQLITE_PAGE = 4096


@dataclass
class Step:
    """One statement of a case and how it was carried out, each time that it was: sums, and the first plan."""

    statement: str
    plan: str
    ways: list[str]
    times: int = 0
    rows: int = 0
    pages: int = 0
    milliseconds: float = 0.0

    def summary(self) -> str:
        """The statement as its verb and its tables."""
        tables = re.findall(r"(?:FROM|JOIN|INTO|UPDATE) (?:ONLY )?(\w+)", self.statement)
        times = f" × {self.times}" if self.times > 1 else ""
        return f"{self.statement.split()[0]} {', '.join(dict.fromkeys(tables))}{times}"


class Observer:
    """Catches each statement before the driver gets it, carries it out to see how, and takes that back."""

    def __init__(self, database: Database) -> None:
        self._explain = _explain_on_sqlite if database.is_sqlite else _explain_on_postgres
        self._database = database
        self._steps: dict[str, Step] = {}
        event.listen(database.engine, "before_cursor_execute", self._see)

    def steps(self, case: Callable[[], object]) -> list[Step]:
        """The steps of a case, on connections that remember nothing."""
        self._database.close()
        self._steps = {}
        case()
        return list(self._steps.values())

    def _see(self, _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.startswith((*_READING, "INSERT", "UPDATE", "DELETE")):
            return
        trial = cursor.connection.cursor()
        trial.execute("SAVEPOINT trial")
        for each in parameters if many else [parameters]:
            plan, ways, rows, pages, milliseconds = self._explain(trial, statement, each)
            step = self._steps.setdefault(statement, Step(statement, plan, ways))
            step.times += 1
            step.rows += rows
            step.pages += pages
            step.milliseconds += milliseconds
        trial.execute("ROLLBACK TO SAVEPOINT trial")


def _explain_on_postgres(cursor: Any, statement: str, parameters: Any) -> tuple[str, list[str], int, int, float]:
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
    plan = "\n".join(row[0] for row in cursor.fetchall())
    # Since version 18, rows are an average over the loops, with two digits.
    found = [round(float(rows)) for rows in re.findall(r"rows=([\d.]+) loops", plan)]
    # What is written comes from the node below the one that writes it.
    rows = found[0] if statement.startswith(_READING) else found[1]
    # What only takes a lock has none.
    buffers = plan.partition("Buffers:")[2].partition("\n")[0]
    pages = sum(map(int, re.findall(r"(?:hit|read)=(\d+)", buffers)))
    milliseconds = sum(map(float, re.findall(r"(?:Planning|Execution) Time: ([\d.]+)", plan)))
    ways = re.findall(r"(Seq Scan on \w+|Index (?:Only )?Scan (?:Backward )?using \w+|Bitmap Index Scan on \w+)", plan)
    ways += re.findall(r"->  (\w+ Join|(?:Incremental )?Sort|HashAggregate)", plan)
    checks = plan.count("Trigger for constraint")
    return plan, ways + [f"{checks} foreign keys checked"] * (checks > 0), rows, pages, milliseconds


def _explain_on_sqlite(cursor: Any, statement: str, parameters: Any) -> tuple[str, list[str], int, int, float]:
    ways = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    before, began = _bytes_read(), time.perf_counter()
    rows = len(cursor.execute(statement, parameters).fetchall()) or max(cursor.rowcount, 0)
    milliseconds = (time.perf_counter() - began) * 1000
    return "\n".join(ways), ways, rows, (_bytes_read() - before) // _SQLITE_PAGE, milliseconds


def _bytes_read() -> int:
    # SQLite keeps no count that Python could ask for; Linux does.
    return int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])  # type: ignore[index] # always there


class Cases:
    """What readers and editors do, by name."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._catalogue = Catalogue(config)
        self._feeds = Feeds(self._catalogue, config)
        self._newsroom = Newsroom(database, config)
        with database.read() as connection:
            tags = select(ChannelRow).where(ChannelRow.articles > 0, ChannelRow.kind == "tag")
            ranked = connection.execute(tags.order_by(ChannelRow.articles.desc())).all()
            self._line = self._catalogue.channel(connection, Selection(None))
            self._popular, self._middling, self._rare = (
                self._catalogue.channel(connection, Selection(slug))
                for slug in (ranked[0].slug, ranked[len(ranked) // 100].slug, ranked[-1].slug)
            )
            self._ended = self._catalogue.channel(connection, Selection("subject-5"))
            newest = connection.execute(select(func.max(ArticleRow.id))).scalar_one()
            self._newest = newest
            self._published = connection.execute(select(func.max(PlacementRow.published_at))).scalar_one()
            middle = select(ArticleRow).where(ArticleRow.id == max(1, newest // 2 // 20 * 20 - 1))
            self._article = connection.execute(middle).one()
            self._tags = [row.label for row in ranked[: len(ranked) // 2 : max(1, len(ranked) // 10)]]
            self._head = journal.head(connection)

    def __iter__(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for name, channel in (
            ("News Line", self._line),
            ("popular tag", self._popular),
            ("middling tag", self._middling),
            ("rare tag", self._rare),
            ("tag of a story that ended", self._ended),
        ):
            yield f"{name}, {channel.articles:,} articles: newest 50", self._listing(channel)
            yield f"{name}: freshness", self._freshness(channel)
        for name, channel in (("News Line", self._line), ("popular tag", self._popular)):
            for depth in DEPTHS:
                before = max(1, self._newest - depth * ENTRIES)
                yield f"{name}: 50 entries, {depth * ENTRIES:,} articles ago, by key", self._listing(channel, before)
        yield "the same of the News Line by OFFSET, which we do not do", self._reading(self._offset)
        yield "News Line: feed of 48 hours", self._reading(self._feed)
        for depth in DEPTHS:
            part = max(1, self._line.part - depth)
            yield f"News Line: archive document, {depth:,} documents ago", self._archived(part)
        yield "an article by its address", self._reading(lambda c: self._catalogue.article(c, self._article.slug, str))
        yield "an address that no article has", self._reading(self._nowhere)
        yield "freshness of an article", self._reading(lambda c: freshness.of_article(c, self._article.id, None))
        yield "an article by its guid", self._reading(lambda c: archive.find(c, [self._article.guid]))
        yield "all tags", self._reading(self._catalogue.tags)
        yield "sitemaps: the index", self._reading(lambda c: (list(inventory.parts(c)), list(inventory.tag_parts(c))))
        yield "sitemaps: freshness of the index", self._reading(freshness.of_everything)
        yield "sitemaps: a part", self._reading(lambda c: list(inventory.articles(c, self._newest // 2 // PART_SIZE)))
        yield "sitemaps: freshness of a part", self._reading(lambda c: freshness.of_part(c, 0))
        yield "sitemaps: tags", self._reading(lambda c: inventory.tags(c, 0))
        two_days = timedelta(days=2)
        yield "sitemaps: news", self._reading(lambda c: inventory.news(c, self._published - two_days, MOST_NEWS))
        yield "sitemaps: what is news no more", self._reading(lambda c: inventory.last_before(c, self._published))
        yield "journal: the last change", self._reading(lambda c: journal.changes_after(c, self._head - 1))
        yield "journal: 1,000 changes", self._reading(lambda c: journal.changes_after(c, self._head // 2))
        item = Item(id=f"urn:plans:{time.time_ns()}", title="How the plans go", content_text="By key.", tags=self._tags)
        yield f"publish, {len(self._tags)} tags", lambda: self._newsroom.publish(item)
        revised = item.model_copy(update={"tags": [*self._tags[1:], "Plans"]})
        yield "revise, one tag changed for another", lambda: self._newsroom.publish(revised)
        yield "retract", lambda: self._newsroom.retract(str(item.id))

    def _reading(self, read: Callable[[Connection], object]) -> Callable[[], object]:
        def case() -> object:
            with self._database.read() as connection:
                return read(connection)

        return case

    def _freshness(self, channel: Channel) -> Callable[[], object]:
        return self._reading(lambda c: freshness.of_formula(c, channel.formula, channel.part))

    def _listing(self, channel: Channel, before: int | None = None) -> Callable[[], object]:
        return self._reading(lambda c: self._catalogue.headlines(c, channel, ENTRIES, before))

    def _feed(self, connection: Connection) -> object:
        fresh = freshness.of_channel(connection, NEWS_LINE)
        return self._feeds.current(connection, self._line, fresh.changed_at)

    def _archived(self, part: int) -> Callable[[], object]:
        def archived(connection: Connection) -> object:
            fresh = freshness.of_archive(connection, self._line.formula, part)
            return self._feeds.archived(connection, self._line, part, fresh.changed_at)

        return self._reading(archived)

    def _offset(self, connection: Connection) -> object:
        placed = select(PlacementRow.article_id).where(PlacementRow.channel_id == NEWS_LINE)
        newest_first = placed.order_by(PlacementRow.published_at.desc(), PlacementRow.article_id.desc())
        return connection.execute(newest_first.offset(DEPTHS[-1] * ENTRIES).limit(ENTRIES)).all()

    def _nowhere(self, connection: Connection) -> None:
        try:
            self._catalogue.article(connection, "nobody-wrote-this", str)
        except (NotFound, Moved):
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", metavar="URL", help="the database, filled by bench/generated.py")
    parser.add_argument("--plans", action="store_true", help="print each plan whole, below the table")
    wanted = parser.parse_args()
    config = Config.load({"FEEDSVC_DATABASE_URL": wanted.url})
    with closing(Database(config.database_url)) as database:
        cases = list(Cases(database, config))
        observer = Observer(database)
        taken = [(name, observer.steps(case)) for name, case in cases]
    print("| what | statement | rows | pages | ms | way |")
    print("|---|---|---|---|---|---|")
    for name, steps in taken:
        for number, step in enumerate(steps):
            way = "; ".join(dict.fromkeys(step.ways))
            figures = f"{step.rows:,} | {step.pages:,} | {step.milliseconds:.2f}"
            print(f"| {'' if number else name} | {step.summary()} | {figures} | {way} |")
    for name, steps in taken if wanted.plans else ():
        for step in steps:
            print(f"\n## {name}\n\n```\n{step.statement}\n\n{step.plan}\n```")


if __name__ == "__main__":
    main()
