"""The machine: what it is, which cores the server and the load get, and the programs that measuring needs."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv/bench/bin"
KEPT = ROOT / "var/bench"
"""What is kept from one run to the next: generated archives."""

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = str(_CORES[0]), str(_CORES[-1])
BOTH_CORES = f"{SERVER_CORE},{LOAD_CORE}"

_DEBIAN = {
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "nginx": "nginx-light",
    "taskset": "util-linux",
    "chromium": "chromium",
}
_OURS = ("granian", "feedgen", "sqlalchemy")


def require(*programs: str) -> None:
    """End with the command that installs what is missing. The programs are Debian's; nothing else is installed."""
    missing = sorted({_DEBIAN[program] for program in programs if find(program) is None})
    if missing:
        sys.exit(f"Missing programs; on Debian: apt-get install --no-install-recommends {' '.join(missing)}")


def require_two_cores() -> None:
    """End unless the server and the load have a core each."""
    if SERVER_CORE == LOAD_CORE:
        sys.exit("The server and the load need a core each.")


def find(program: str) -> str | None:
    """Where a program is; nginx is where only root's path leads."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@contextmanager
def on_core(core: str) -> Iterator[None]:
    """Keep this process on one core meanwhile, with the threads that it starts."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def provenance(part: str, *peers: str) -> str:
    """When, where, of what, and by which command: what stands above each part's tables."""
    return (
        f"*{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {_processor()}, {os.cpu_count()} cores, Linux {platform.release()}. "
        f"feedsvc at {_commit()}, {', '.join(dict.fromkeys(_versions(*peers)))}. "
        f"Command: `make bench PART={part}`.*"
    )


def _versions(*peers: str) -> list[str]:
    found = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    found += [f"{name} {version(name)}" for name in _OURS]
    for peer in peers:
        if peer in _DEBIAN:
            found.append(f"{peer} {_debian_version(peer)}")
        else:
            code = f"from importlib.metadata import version; print(version('{peer}'))"
            found.append(f"{peer} {subprocess.check_output([PEERS / 'python', '-c', code], text=True).strip()}")
    return found


def _debian_version(program: str) -> str:
    option = {"wrk": "-v", "nginx": "-v"}.get(program, "--version")
    told = subprocess.run([find(program) or program, option], capture_output=True, text=True, check=False)
    said = re.search(r"\d+\.\d+(\.\d+)?", told.stdout + told.stderr)
    return said[0] if said else "of unknown version"


def _processor() -> str:
    said = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    return said[1] if said else platform.machine()


def _commit() -> str:
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=, changed"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "an unknown commit"
