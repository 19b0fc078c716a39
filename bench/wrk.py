"""Load on one server: as many requests as it can answer."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from machine import LOAD_CORE, ROOT
from servers import Server

CONNECTIONS = 16
"""Keep-alive connections of each thread of a load."""

_SCRIPT = Path(__file__).with_name("wrk.lua")


class Request(NamedTuple):
    """What is asked again and again; with `paths`, a file, the paths in it are asked in turn instead of `path`."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    paths: Path | None = None


class Run(NamedTuple):
    """One run: how many answers in how many seconds, what the server used of its cores meanwhile, and the latency of
    the median and the slowest hundredth in milliseconds."""

    requests: int
    seconds: float
    server_seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """CPU-seconds of the server for a thousand requests."""
        return 1000 * self.server_seconds / self.requests


def saturate(server: Server, request: Request, seconds: int, *, cores: str = LOAD_CORE, threads: int = 1) -> Run:
    """Ask for so long as fast as the server answers. Raises `RuntimeError` when an answer is an error."""
    program = _heads(server, request, seconds) if request.method == "HEAD" else _wrk(server, request, seconds, threads)
    before = server.cpu_seconds()
    told = subprocess.check_output(
        ["taskset", "-c", cores, *program], cwd=ROOT / "bench", text=True, timeout=seconds + 60
    )
    used = server.cpu_seconds() - before
    found = json.loads(told.splitlines()[-1])
    if found["errors"] or not found["requests"]:
        raise RuntimeError(f"{' '.join(program)} was answered with errors:\n{told}")
    return Run(found["requests"], found["microseconds"] / 1e6, used, found["p50"] / 1e3, found["p99"] / 1e3)


def _wrk(server: Server, request: Request, seconds: int, threads: int) -> list[str]:
    fields = [part for name, value in request.headers.items() for part in ("-H", f"{name}: {value}")]
    limits = ["-t", str(threads), "-c", str(CONNECTIONS * threads), "-d", f"{seconds}s"]
    url = f"http://127.0.0.1:{server.port}{request.path}"
    return ["wrk", *limits, *fields, "-s", str(_SCRIPT), url, "--", *([str(request.paths)] if request.paths else [])]


def _heads(server: Server, request: Request, seconds: int) -> list[str]:
    fields = [f"{name}: {value}" for name, value in request.headers.items()]
    limits = [str(CONNECTIONS), str(seconds)]
    return [sys.executable, "-m", "heads", str(server.port), request.path, *limits, *fields]
