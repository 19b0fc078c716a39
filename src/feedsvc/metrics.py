"""The metrics: what the processes of one server count and measure, in Prometheus's text formats.

Nothing of this is done while a request waits. Numbers are counted where they arise; once a second, and when somebody
asks, they are copied to where prometheus-client keeps them, in files that all processes share.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from feedsvc.errors import ConfigError
from feedsvc.rounds import Rounds

FLUSH_SECONDS = 1.0
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_FILL_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

# Several processes cannot have them, so one is not to have them either.
disable_created_metrics()

OverProcesses = Literal["liveall", "livesum", "livemin", "livemax"]
"""What becomes of a gauge that several living processes have: each by its `pid`, the sum, the least, or the most."""

Labels = TypeVar("Labels", bound=tuple[object, ...])


class Metrics:
    """What this process exposes, together with those that share a folder with it; safe to use from many threads.

    The folder is the one PROMETHEUS_MULTIPROC_DIR named when prometheus-client was imported; without one, a process
    exposes itself alone. Raises `ConfigError` when there is no such folder.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._exposed: Collector = _Folder(_shared_folder()) if _FOLDER_VARIABLE in os.environ else self._registry
        self._counts: list[_Count] = []
        self._gauges: list[tuple[Gauge, Callable[[], Mapping[Any, float]]]] = []
        self._fills = Histogram(
            "feedsvc_cache_fill_seconds",
            "How long it took to make what was not in the cache: to render a document (identity), or to compress it.",
            ["coding"],
            registry=self._registry,
            buckets=_FILL_SECONDS,
        )
        self._rounds = Rounds.every(FLUSH_SECONDS, "metrics", self.flush)
        self._lock = threading.Lock()
        # A fork amid a flush would leave the child with locks that nobody in it holds.
        release = self._lock.release
        os.register_at_fork(before=self._lock.acquire, after_in_parent=release, after_in_child=release)

    def count(
        self, name: str, meaning: str, labels: Sequence[str], totals: Callable[[], Mapping[Labels, float]]
    ) -> None:
        """Expose numbers that only grow: `totals()`, by the values of `labels`.

        It is called often: it must not raise, wait for the database, or change a mapping it has returned.
        """
        counter = Counter(f"feedsvc_{name}", meaning, labels, registry=self._registry)
        self._counts.append(_Count(counter, totals))

    def measure(
        self,
        name: str,
        meaning: str,
        over_processes: OverProcesses,
        values: Callable[[], Mapping[Labels, float]],
        labels: Sequence[str] = (),
    ) -> None:
        """Expose numbers that go up and down: `values()`, by the values of `labels`; held to the same as `count`."""
        gauge = Gauge(f"feedsvc_{name}", meaning, labels, registry=self._registry, multiprocess_mode=over_processes)
        self._gauges.append((gauge, values))

    def distribution(self, name: str, meaning: str, bounds: Sequence[float]) -> Callable[[float], None]:
        """Expose how numbers are spread between `bounds`; what is returned is told each of them."""
        return Histogram(f"feedsvc_{name}", meaning, registry=self._registry, buckets=bounds).observe

    def filled(self, coding: str, seconds: float) -> None:
        """Note that something was made for the cache."""
        self._fills.labels(coding).observe(seconds)

    def start(self) -> None:
        """Count from here on, until `stop()`."""
        for count in self._counts:
            count.begin()
        self.flush()
        self._rounds.start()

    def stop(self) -> None:
        """Let the others have what was counted last, and end."""
        self._rounds.stop()
        self.flush()

    def flush(self) -> None:
        """Copy every number to where all processes see it."""
        with self._lock:
            for count in self._counts:
                count.flush()
            for gauge, values in self._gauges:
                for labels, value in values().items():
                    _labelled(gauge, labels).set(value)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All metrics in the format that an `Accept` field asks for, and its content type."""
        self.flush()
        write, content_type = choose_encoder(accept)
        return write(self._exposed), content_type


@dataclass(slots=True)
class _Count:
    """A counter of prometheus-client's, and how far it has come."""

    counter: Counter
    totals: Callable[[], Mapping[Any, float]]
    seen: Mapping[Any, float] = field(default_factory=dict)

    def begin(self) -> None:
        # After a fork, what was counted before it is the parent's.
        self.seen = self.totals()
        for labels in self.seen:
            _labelled(self.counter, labels)  # is exposed from here on, as 0

    def flush(self) -> None:
        totals = self.totals()
        for labels, total in totals.items():
            if grown := total - self.seen.get(labels, 0):
                _labelled(self.counter, labels).inc(grown)
        self.seen = totals


class _Folder(Collector):
    """What all processes have written into the folder they share: counts of all, gauges of those that live."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        files = []
        for file in self._folder.glob("*.db"):
            with suppress(FileNotFoundError):  # two may clear up at once
                if file.name.startswith("gauge_live") and not _lives(int(file.stem.rpartition("_")[2])):
                    file.unlink()
                elif file.stat().st_size:  # a process that has just begun has not written yet
                    files.append(str(file))
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)
        return merged


_Child = TypeVar("_Child", Counter, Gauge)


def _labelled(metric: _Child, values: tuple[object, ...]) -> _Child:
    return metric.labels(*values) if values else metric


def _shared_folder() -> Path:
    folder = os.environ[_FOLDER_VARIABLE]
    if not folder or not Path(folder).is_dir():
        raise ConfigError(f"{_FOLDER_VARIABLE} names {folder!r}, which is no folder.")
    return Path(folder)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False  # or it is another user's, and thus none of ours
    return True
