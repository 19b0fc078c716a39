"""How long after its commit a publish is in the feed of the slowest of four workers (SQLite, one machine).

Usage: python bench/visibility.py [PUBLISHES]
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from feedsvc.config import Config
from feedsvc.item import Item
from feedsvc.newsroom import Newsroom
from feedsvc.store.database import Database

WORKERS = 4
POLLERS = 8


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def see(url: str, marker: bytes) -> None:
    """Ask over fresh connections until eight answers in a row have it: with four workers, all of them."""
    in_a_row = 0
    while in_a_row < POLLERS:
        with urllib.request.urlopen(url) as response:
            in_a_row = in_a_row + 1 if marker in response.read() else 0


def main() -> None:
    publishes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = {"FEEDSVC_DATABASE_URL": f"sqlite:///{folder}/feedsvc.db", "FEEDSVC_PORT": str(port)}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")} | settings
        command = [sys.executable, "-m", "feedsvc", "serve", "--workers", str(WORKERS)]
        server = subprocess.Popen(command, env=environment)
        url = f"http://127.0.0.1:{port}/feeds/news-line.json"
        while True:
            try:
                urllib.request.urlopen(url).close()
                break
            except OSError:
                time.sleep(0.1)
        config = Config.load(settings)
        database = Database(config.database_url)
        newsroom = Newsroom(database, config)
        lags, costs = [], []
        for number in range(publishes):
            began = time.perf_counter()
            newsroom.publish(Item(id=f"urn:bench:{number}", title=f"Number {number}", content_text="Body."))
            committed = time.perf_counter()
            see(url, f'"Number {number}"'.encode())
            lags.append((time.perf_counter() - committed) * 1000)
            costs.append((committed - began) * 1000)
            threading.Event().wait(0.02)
        database.close()
        server.terminate()
        server.wait()
    print("| | median, ms | p99, ms |")
    print("|---|---|---|")
    for what, values in (("publish, to its commit", costs), ("commit to seen in every worker", lags)):
        print(f"| {what} | {statistics.median(values):.1f} | {statistics.quantiles(values, n=100)[98]:.1f} |")


if __name__ == "__main__":
    main()
