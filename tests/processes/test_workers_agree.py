"""What one process publishes, every process shows, soon and at all times whole."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import closing

from clients import FEEDS, access_log, ask, ask_afresh, connect, in_threads, workers
from conftest import Served, Site
from load import Load
from publisher import Publisher

VISIBLE_WITHIN_SECONDS = 0.1
# The 100 ms are measured by bench/visibility.py. A test that other programs share the machine with only has to tell a
# change that is late from one that does not come; it prints what it saw.
LOST_AFTER_SECONDS = 2.0
FRESH_CONNECTIONS = 64


def test_every_worker_shows_what_the_shell_publishes_and_forgets_what_it_retracts(
    serve: Callable[..., Served],
) -> None:
    served = serve("--workers", "4", "--access-log")
    assert titles_everywhere(served, time.monotonic()) == [[]] * FRESH_CONNECTIONS

    published = served.shell("publish", "-", stdin=b'{"title": "Bridge opens", "content_text": "At noon."}')
    committed, before = time.monotonic(), len(access_log(served))
    assert published.returncode == 0, published.stderr

    assert titles_everywhere(served, committed) == [["Bridge opens"]] * FRESH_CONNECTIONS
    assert len(workers(served)) == 4
    assert {line["pid"] for line in access_log(served)[before:]} == workers(served), "not every worker was asked"

    guid = published.stdout.decode().split()[-1]
    retracted = served.shell("retract", guid)
    committed = time.monotonic()
    assert retracted.returncode == 0, retracted.stderr
    assert titles_everywhere(served, committed) == [[]] * FRESH_CONNECTIONS


def test_under_load_every_feed_is_whole_and_none_stays_old(
    serve: Callable[..., Served], make_site: Callable[..., Site]
) -> None:
    settings = {"base_url": "https://news.example"}
    served = serve("--workers", "4", **settings)
    with Publisher(served.environment) as publisher:
        publisher.publish(20)
        load = Load(served, publisher)
        # With the last of them, a feed has more articles behind it than in it.
        load.run(clients=8, rounds=2, articles=20)

    print(load.report())
    assert load.faults() == []
    assert load.worst_lag < LOST_AFTER_SECONDS, load.report()
    assert len(publisher.committed) == 20 + 2 * 21

    # By the time another process has started, the last article is older than 100 ms.
    fresh = make_site(**settings)
    for path in FEEDS:
        for coding in ("identity", "gzip"):
            seen = ask_afresh(served, path, accept_encoding=coding)
            printed = ask_afresh(fresh, path, accept_encoding=coding)
            assert (seen.body, seen.headers["ETag"]) == (printed.body, printed.headers["ETag"])


def test_a_stampede_on_a_cold_feed_renders_once(site: Site) -> None:
    site.publish(title="Bridge opens", tags=["Karabakh"])
    codings = ("identity", "gzip", "br", "zstd")
    for path in FEEDS:
        before = site.service.cache.renders

        def fetch(number: int, path: str = path) -> bytes:
            return ask_afresh(site, path, accept_encoding=codings[number % len(codings)]).body

        bodies = in_threads(32, fetch)

        assert site.service.cache.renders == before + 1
        assert len(set(bodies)) == len(codings)


def test_a_stampede_during_publishing_renders_at_most_once_for_each_article(site: Site) -> None:
    done = threading.Event()

    def read(_number: int) -> int:
        answers = 0
        with closing(connect(site)) as connection:
            while not done.is_set():
                answers += ask(connection, "/feeds/news-line.atom").status == 200
        return answers

    def publish(number: int) -> int:
        try:
            for _ in range(25):
                site.publish(title=f"Headline {number}")
        finally:
            done.set()
        return 0

    before = site.service.cache.renders
    answers = sum(in_threads(17, lambda number: publish(number) if number == 16 else read(number)))

    # A render that a publish overtook is not kept, and those who waited for it make one anew.
    assert site.service.cache.renders - before <= 2 * 25 + 1 < answers


def titles_everywhere(served: Served, committed: float) -> list[list[str]]:
    """The headlines as each of many connections sees them, opened at least 100 ms after a commit."""
    while time.monotonic() < committed + VISIBLE_WITHIN_SECONDS:
        ask_afresh(served, "/feeds/news-line.json")
    bodies = [ask_afresh(served, "/feeds/news-line.json").body for _ in range(FRESH_CONNECTIONS)]
    return [[item["title"] for item in json.loads(body)["items"]] for body in bodies]
