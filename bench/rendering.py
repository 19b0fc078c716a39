"""Part `render`: a feed that is in no memory, from a large archive and from a small one, and feedgen by itself."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from archives import TAGS, fresh_archive, sqlite_archive
from figures import Spread, rounded_up, table
from house import settings
from machine import SERVER_CORE, on_core, provenance
from peers.feedgenerator import FORMATS as FEEDGEN
from section import Section
from sqlalchemy import select

from feedsvc import freshness
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.feed import Entry, Feed
from feedsvc.feeds import Feeds
from feedsvc.formats import FORMATS
from feedsvc.representation import ENCODERS, IDENTITY
from feedsvc.selection import Selection
from feedsvc.service import Service
from feedsvc.store.schema import ChannelRow

_METHOD = """\
In one process on core 0, without a server: {renders} feeds of 50 entries, of tags chosen at random, from an archive of
{articles:,} articles and {tags:,} tags and from one of 1,000 articles and {few} tags, turn by turn. feedgen alone
writes the same entries plainly from memory, as its documentation shows. The archives are SQLite files in the page cache
of the system; feedsvc's own cache is emptied before each render. “In all” is the call that a request makes: query,
model, feedgen, hash, header fields. The two columns before it are measured by themselves, after it. Median
(lowest–highest), in milliseconds."""


@dataclass
class Times:
    """Seconds of one format in one archive."""

    model: list[float] = field(default_factory=list)
    write: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    feedgen: list[float] = field(default_factory=list)


def measure(quick: bool) -> Section:
    """Milliseconds of query and model, of writing, of both, and of feedgen for the same entries."""
    articles, renders = (10_000, 10) if quick else (1_000_000, 200)
    with tempfile.TemporaryDirectory() as name, on_core(SERVER_CORE):
        large, small = sqlite_archive(articles), fresh_archive(f"sqlite:///{name}/small.db", 1_000)
        with _service(large) as of_many, _service(small) as of_few:
            times, body = _render(of_many, of_few, renders)
    titles = {"large": f"{articles:,} articles", "small": "1,000 articles"}
    facts, rows = {}, []
    for form in FEEDGEN:
        for size, title in titles.items():
            facts |= {f"render: {form} {size}": Spread(times[size, form].whole).median}
            facts |= {f"render: {form} {size} feedgen": Spread(times[size, form].feedgen).median}
            rows += _rows(f"{FORMATS[form].title}, {title}", times[size, form])
    method = _METHOD.format(renders=renders, articles=articles, tags=TAGS[articles], few=TAGS[1_000])
    head = ("", "query and model", "feedgen with our extensions", "in all", "feedgen alone", "in all / feedgen alone")
    compression = _compress(body, 5 if quick else 40)
    return Section("\n\n".join([provenance("render"), method, table(head, rows), compression]), facts)


@contextmanager
def _service(url: str) -> Iterator[Service]:
    service = Service(Config.load(settings(url)))
    try:
        yield service
    finally:
        service.stop()


def _render(of_many: Service, of_few: Service, renders: int) -> tuple[dict[tuple[str, str], Times], bytes]:
    chance = random.Random(1987)
    tags = {"large": _tags(of_many), "small": _tags(of_few)}
    times: dict[tuple[str, str], Times] = {}
    body = b""
    for _ in range(renders):
        for form in FEEDGEN:
            for size, service in (("large", of_many), ("small", of_few)):
                body = _render_one(service, chance.choice(tags[size]), form, times.setdefault((size, form), Times()))
    return times, body


def _render_one(service: Service, tag: str, form: str, times: Times) -> bytes:
    """Render one feed in every way; the way that counts comes first, and finds nothing warm."""
    selection = Selection(tag)
    service.cache.forget_everything()
    began = time.perf_counter()
    kept = service.press.feeds.feed(selection, FORMATS[form], IDENTITY)
    times.whole.append(time.perf_counter() - began)
    began = time.perf_counter()
    feed = _feed(service, selection)
    times.model.append(time.perf_counter() - began)
    began = time.perf_counter()
    FORMATS[form].write(feed)
    times.write.append(time.perf_counter() - began)
    items = [_item(entry) for entry in feed.entries]
    if len(items) != service.config.feed_items:
        raise RuntimeError(f"The feed of {tag} has {len(items)} entries")
    began = time.perf_counter()
    FEEDGEN[form](items)
    times.feedgen.append(time.perf_counter() - began)
    return kept.body


def _tags(service: Service) -> list[str]:
    """The tags with as many articles as a feed has entries."""
    enough = ChannelRow.articles >= service.config.feed_items
    with service.database.read() as connection:
        slugs = connection.execute(select(ChannelRow.slug).where(enough, ChannelRow.kind == "tag")).scalars()
        return list(slugs)


def _feed(service: Service, selection: Selection) -> Feed:
    catalogue = Catalogue(service.config)
    with service.database.read() as connection:
        channel = catalogue.channel(connection, selection)
        fresh = freshness.of_formula(connection, channel.formula, channel.part)
        return Feeds(catalogue, service.config).current(connection, channel, fresh.changed_at)


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.guid,
        "title": entry.title,
        "url": entry.url,
        "summary": entry.summary,
        "content_html": entry.body,
        "tags": [tag.label for tag in entry.tags],
        "authors": [{"name": author.name} for author in entry.authors],
        "image": entry.image.url if entry.image else None,
        "date_published": entry.published,
    }


def _rows(title: str, times: Times) -> list[list[str]]:
    spreads = [Spread(1000 * second for second in of) for of in (times.model, times.write, times.whole, times.feedgen)]
    ratio = Spread(times.whole).median / Spread(times.feedgen).median
    return [[title, *(f"{spread:.2f}" for spread in spreads), rounded_up(ratio, 2)]]


def _compress(body: bytes, times: int) -> str:
    seconds: dict[str, list[float]] = {coding: [] for coding in ENCODERS}
    for _ in range(times):
        for coding, encode in ENCODERS.items():
            began = time.perf_counter()
            encode(body)
            seconds[coding].append(1000 * (time.perf_counter() - began))
    rows = [[coding, f"{Spread(of):.2f}", f"{len(ENCODERS[coding](body)):,}"] for coding, of in seconds.items()]
    head = (f"compression of {len(body):,} bytes", "ms", "bytes")
    return f"Compression, which a feed gets once for each coding that is asked for:\n\n{table(head, rows)}"
