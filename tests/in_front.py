"""What stands in front of a site: a real Varnish, a real nginx, and a server that writes down what it is told."""

import getpass
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from typing import Self

import httpx
from conftest import client_of, eventually, free_port

DEPLOY = Path(__file__).parents[1] / "deploy"


class Program:
    """A program in the foreground that answers HTTP on a port of 127.0.0.1."""

    def __init__(self, port: int, command: list[str], log: Path) -> None:
        self.port = port
        self._command = command
        self.log = log
        self.http = client_of(f"http://127.0.0.1:{port}")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.stop()
        self.http.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET `path`; header names are written with underscores, and nothing is unpacked: see `raw`."""
        given = {"accept-encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(path, headers=given)

    def start(self) -> None:
        """Start it, and wait until it serves."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=subprocess.STDOUT)
        eventually(self._answers, 60)

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self._process.terminate()
        self._process.wait(30)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()
        try:
            return self.http.get("/health").status_code == 200
        except httpx.TransportError:
            return False


def family(pid: int) -> list[int]:
    """A process and its children."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(int(child) for task in tasks for child in task.read_text().split())]


def raw(client: httpx.Client, path: str, coding: str) -> bytes:
    """The body of `path` in a coding as it goes over the wire."""
    with client.stream("GET", path, headers={"Accept-Encoding": coding}) as response:
        return b"".join(response.iter_raw())


def varnish(folder: Path, port: int, backend_port: int, *, purge_by: str = "ban", grace: str = "60s") -> Program:
    """Varnish with our configuration; what differs from site to site is put into site.vcl as an operator does."""
    shutil.copytree(DEPLOY / "varnish", folder)
    site = folder / "site.vcl"
    text = site.read_text()
    for ours, theirs in (
        ('.port = "8000"', f'.port = "{backend_port}"'),
        ('include "./purge-by-ban.vcl"', f'include "./purge-by-{purge_by}.vcl"'),
        ("set req.grace = 60s", f"set req.grace = {grace}"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    site.write_text(text)
    # No jail: its users could not read a folder of this test.
    options = ["-j", "none", "-n", str(folder / "work"), "-s", "malloc,64m", "-p", "http_gzip_support=off"]
    # It compiles its configuration; for a test, quickly is better than well.
    options += ["-p", "cc_command=exec gcc -O0 -pthread -fpic -shared -Wl,-x -o %o %s"]
    command = ["varnishd", "-F", *options, "-a", f"127.0.0.1:{port}", "-f", str(folder / "feedsvc.vcl")]
    return Program(port, command, folder / "varnish.log")


def nginx(folder: Path, port: int, backend_port: int) -> Program:
    """nginx with our configuration, with addresses and folders of its own."""
    folder.mkdir()
    text = (DEPLOY / "nginx.conf").read_text()
    for ours, theirs in (
        ("server 127.0.0.1:8000", f"server 127.0.0.1:{backend_port}"),
        ("listen 80", f"listen 127.0.0.1:{port}"),
        ("/var/cache/nginx/feedsvc", f"{folder}/cache"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    (folder / "feedsvc.conf").write_text(text)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user {getpass.getuser()}; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}"
        f"http {{ access_log off; {temporary} include {folder}/feedsvc.conf; }}"
    )
    command = ["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
    return Program(port, command, folder / "nginx.log")


@dataclass(frozen=True, slots=True)
class Told:
    """One request that the recorder was sent, and the status that it answered."""

    method: str
    path: str
    headers: Message
    body: bytes
    status: int

    @property
    def keys(self) -> list[str]:
        """The keys in its header, in order."""
        return self.headers["Surrogate-Key"].split()


@dataclass
class Recorder:
    """A front that writes down what it is told. `answer` says with which status, given how often it was asked before;
    it may take its time, and may see for itself what the site is like just then."""

    port: int = field(default_factory=free_port)
    answer: Callable[[int], int] = lambda _number: 200
    tls: SSLContext | None = None
    told: list[Told] = field(default_factory=list)
    peers: list[int] = field(default_factory=list)

    @property
    def accepted(self) -> list[Told]:
        """What it has answered with 200."""
        return [told for told in self.told if told.status == 200]

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Let it be reached."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        if self.tls:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def _record(self) -> None:
                recorder.peers.append(self.client_address[1])
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = recorder.answer(len(recorder.told))
                recorder.told.append(Told(self.command, self.path, self.headers, body, status))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_PURGE = do_POST = _record  # noqa: N815 - http.server names them so

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler
