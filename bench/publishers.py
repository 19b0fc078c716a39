"""How many articles a second several publishers get through the one journal row that they all wait for.

Usage: python bench/publishers.py URL [SECONDS]    (on any database; what it publishes stays there)
"""

import random
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context

from feedsvc.config import Config
from feedsvc.item import Item
from feedsvc.newsroom import Newsroom
from feedsvc.store import migration
from feedsvc.store.database import Database

PUBLISHERS = (1, 2, 4, 8)
BODY = "<p>What was seen, who says so, and what it means to those who live there.</p>" * 22


def publish(url: str, start: float, seconds: float, seed: int) -> list[float]:
    """Publish one article after another from `start` (`time.time()`) on; the milliseconds each took to its commit."""
    dice = random.Random(seed)
    config = Config.load({"FEEDSVC_DATABASE_URL": url})
    with closing(Database(config.database_url)) as database:
        newsroom = Newsroom(database, config)
        costs = []
        time.sleep(max(0.0, start - time.time()))
        while time.time() < start + seconds:
            tags = [f"Subject {dice.randint(1, 1000)}" for _ in range(5)]
            item = Item(title=f"Published by {seed} at {time.time()}", content_html=BODY, tags=tags)
            began = time.perf_counter()
            newsroom.publish(item)
            costs.append((time.perf_counter() - began) * 1000)
    return costs


def main() -> None:
    url, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    config = Config.load({"FEEDSVC_DATABASE_URL": url})
    with closing(Database(config.database_url)) as database:
        migration.require_current(database, config.base_url)
    print("| publishers | articles/s | median, ms | p99, ms |")
    print("|---|---|---|---|")
    for number in PUBLISHERS:
        with ProcessPoolExecutor(number, mp_context=get_context("spawn")) as pool:
            start = time.time() + 2 + number / 2
            running = [pool.submit(publish, url, start, seconds, seed) for seed in range(number)]
            costs = [cost for each in running for cost in each.result()]
        p99 = statistics.quantiles(costs, n=100)[98]
        print(f"| {number} | {len(costs) / seconds:,.0f} | {statistics.median(costs):.1f} | {p99:.1f} |")


if __name__ == "__main__":
    main()
