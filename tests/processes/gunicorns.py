"""`gunicorn wsgi:app` from the repository's root, as an operator who prefers it starts it."""

import subprocess
import sys
from pathlib import Path

import httpx
from clients import REPOSITORY
from conftest import Served, client_of, eventually


class Gunicorn:
    """One Gunicorn master with two threaded workers."""

    def __init__(self, port: int, environment: dict[str, str], log: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        command += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket", *arguments]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        self._served = Served(process, client_of(f"http://127.0.0.1:{port}"), environment, log)

    def wait_until_ready(self) -> Served:
        """The running server, once it answers."""
        eventually(self._is_ready)
        return self._served

    def end(self) -> None:
        """Stop it if it still runs."""
        self._served.http.close()
        if self._served.process.poll() is None:
            self._served.stop()

    def _is_ready(self) -> bool:
        assert self._served.process.poll() is None, self._served.log.read_text()
        try:
            return self._served.http.get("/ready").status_code == 200
        except httpx.TransportError:
            return False
