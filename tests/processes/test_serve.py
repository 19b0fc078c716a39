"""`feedsvc serve`, from its first line to its last, and what it does with requests that are not what they should be."""

import gzip
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException, IncompleteRead
from pathlib import Path

import pytest
from clients import FEEDS, access_log, ask, ask_afresh, connect, in_threads, run_to_its_end, workers
from conftest import Served, eventually, free_port
from lxml import etree
from publisher import Publisher

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom


@contextmanager
def another_program() -> Iterator[int]:
    """Some other server; gives its port."""
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        yield server.server_port


def test_demo_fills_an_empty_database_and_not_a_second_time(serve: Callable[..., Served]) -> None:
    settings = {"base_url": "https://news.example"}
    served = serve("--demo", **settings)
    first = ask_afresh(served, "/feeds/news-line.json")
    served.stop()

    again = serve("--demo", **settings)

    assert len(json.loads(first.body)["items"]) == 14
    assert ask_afresh(again, "/feeds/news-line.json").body == first.body


def test_it_tells_what_to_open_and_how_to_publish_and_then_nothing_that_it_was_not_asked_for(
    serve: Callable[..., Served],
) -> None:
    served = serve()
    base = f"http://127.0.0.1:{served.http.base_url.port}"
    last = served.log.read_text().splitlines()[-1]
    assert f"{base}/ " in last
    assert f"{base}/feeds/news-line.{{rss,atom,json}}" in last
    assert "feedsvc publish" in last
    for address in ("/", *(f"/feeds/news-line.{form}" for form in ("rss", "atom", "json"))):
        assert ask_afresh(served, address).status == 200

    with socket.create_connection(("127.0.0.1", served.http.base_url.port), 10) as stranger:
        stranger.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        stranger.recv(1024)
    assert ask_afresh(served, "/health").status == 200
    assert served.stop() == 0
    assert served.log.read_text().splitlines()[-1] == last


def test_sigterm_during_the_start_ends_it_too(shell_environment: dict[str, str], tmp_path: Path) -> None:
    environment = shell_environment | {"FEEDSVC_PORT": str(free_port())}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "feedsvc", "serve", "--workers", "2"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        eventually(lambda: "Open http" in (tmp_path / "log").read_text())
        try:
            process.terminate()
            # CPython drops a signal that comes between a fork and its first instruction; such a worker is killed
            # after ten seconds.
            assert process.wait(30) == 0
        finally:
            process.wait(30)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_sigterm_lets_every_answer_finish_and_ends_with_status_0(
    serve: Callable[..., Served], shell_environment: dict[str, str]
) -> None:
    with Publisher(shell_environment) as publisher:
        publisher.publish(300)
    served = serve("--workers", "2", feed_items=300, feed_bytes=10_000_000)
    answers: list[int] = []
    under_way = threading.Event()

    def read(number: int) -> list[str]:
        torn = []
        for turn in range(100_000):
            with closing(connect(served)) as connection:
                try:
                    connection.request("GET", FEEDS[(number + turn) % 6], headers={"Accept-Encoding": "gzip"})
                    response = connection.getresponse()
                except (OSError, HTTPException):
                    return torn  # It does not listen any more.
                try:
                    _require_whole(FEEDS[(number + turn) % 6], gzip.decompress(response.read()))
                except (OSError, EOFError, IncompleteRead, etree.XMLSyntaxError, ValueError) as error:
                    torn.append(f"answer {turn} of client {number}: {error!r}")
            answers.append(response.status)
            if len(answers) > 60:
                under_way.set()
        return torn

    def stop() -> int:
        assert under_way.wait(30)
        return served.stop()

    status, *torn = in_threads(9, lambda number: read(number) if number else stop())

    assert status == 0, served.log.read_text()
    assert torn == [[]] * 8
    assert set(answers) == {200}


def test_ctrl_c_in_a_terminal_is_for_the_parent_which_tells_its_workers(serve: Callable[..., Served]) -> None:
    served = serve("--workers", "2")
    group = os.getpgid(served.process.pid)
    assert group == served.process.pid
    assert group not in {os.getpgid(worker) for worker in workers(served)}
    os.killpg(group, signal.SIGINT)
    assert served.process.wait(30) == 0


def test_a_request_that_is_being_answered_when_sigterm_comes_is_answered(
    serve: Callable[..., Served], shell_environment: dict[str, str]
) -> None:
    with Publisher(shell_environment) as publisher:
        publisher.publish(300)
    served = serve(feed_items=300, feed_bytes=10_000_000)
    with closing(connect(served)) as connection:
        assert ask(connection, "/health").status == 200
        sent = json.loads(ask(connection, "/feeds/news-line.json").body)["items"]
        # A connection that was accepted already, and a render that takes longer than a signal.
        connection.request("GET", "/feeds/news-line.atom")
        with closing(connect(served)) as another:
            assert ask(another, "/health").status == 200
        served.process.terminate()
        body = connection.getresponse().read()
    assert body.count(b"<entry") == len(sent) == 300
    assert served.process.wait(30) == 0


def test_a_port_that_another_program_has_is_told_in_a_sentence(shell_environment: dict[str, str]) -> None:
    with another_program() as port:
        done = run_to_its_end(shell_environment, "serve", "--port", str(port))
    _require_a_sentence_about(str(port), done.returncode, done.stderr)


def test_a_port_that_another_feedsvc_has_is_told_in_a_sentence(serve: Callable[..., Served]) -> None:
    served = serve()
    done = run_to_its_end(served.environment, "serve")
    _require_a_sentence_about(str(served.http.base_url.port), done.returncode, done.stderr)


def test_a_host_that_is_not_ours_is_told_in_a_sentence(shell_environment: dict[str, str]) -> None:
    done = run_to_its_end(shell_environment, "serve", "--host", "192.0.2.1")
    _require_a_sentence_about("192.0.2.1", done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("FEEDSVC_WORKERS", "many", "workers"),
        ("FEEDSVC_COLOUR", "red", "colour"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence_that_names_it(
    shell_environment: dict[str, str], variable: str, value: str, named: str
) -> None:
    done = run_to_its_end(shell_environment | {variable: value}, "serve")
    _require_a_sentence_about(named, done.returncode, done.stderr)
    assert done.returncode == 1


def test_the_access_log_has_one_json_line_for_each_request(serve: Callable[..., Served]) -> None:
    served = serve("--access-log", "--workers", "2")
    before = len(access_log(served))

    def requests(number: int) -> None:
        ask_afresh(served, f"/nowhere/{number}", x_request_id=f"request-{number}", user_agent="test")

    in_threads(20, requests)
    lines = eventually(lambda: access_log(served)[before:] if len(access_log(served)) >= before + 20 else [])

    assert sorted(line["request_id"] for line in lines) == sorted(f"request-{number}" for number in range(20))
    for line in lines:
        number = line["request_id"].removeprefix("request-")
        assert line["message"] == f"GET /nowhere/{number} 404"
        assert (line["client"], line["agent"]) == ("127.0.0.1", "test")
        assert line["bytes"] > 0
        assert line["milliseconds"] >= 0
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["at"])


def test_a_request_body_over_the_bound_is_refused(serve: Callable[..., Served], newsroom: Newsroom) -> None:
    newsroom.publish(read_item({"title": "Article 0"}))
    served = serve(request_bytes=1024)
    for chunked in (False, True):
        statuses = {}
        for size in (1024, 1025, 4096):
            body = iter([b"x" * 1000, b"x" * (size - 1000)]) if chunked else b"x" * size
            with closing(connect(served)) as connection:
                connection.request("POST", "/articles/article-0/reads", body, encode_chunked=chunked)
                statuses[size] = connection.getresponse().status
        assert statuses == {1024: 200, 1025: 413, 4096: 413}, "in chunks" if chunked else "with a length"


def test_a_body_in_chunks_is_taken_and_the_connection_goes_on(serve: Callable[..., Served], newsroom: Newsroom) -> None:
    newsroom.publish(read_item({"title": "Article 0"}))
    served = serve()
    with closing(connect(served)) as connection:
        for reads in (1, 2):
            connection.request("POST", "/articles/article-0/reads", iter([b"{", b"}"]), encode_chunked=True)
            response = connection.getresponse()
            assert (response.status, json.loads(response.read())) == (200, {"reads": reads})
        assert ask(connection, "/feeds/news-line.atom").status == 200


def _require_whole(path: str, body: bytes) -> None:
    entries = len(json.loads(body)["items"]) if path.endswith("json") else _entries(body)
    if entries != 300:
        raise ValueError(f"{entries} entries in {path}")


def _entries(body: bytes) -> int:
    return int(etree.fromstring(body).xpath("count(//item | //*[local-name()='entry'])"))


def _require_a_sentence_about(named: str, status: int, said: str) -> None:
    assert status not in (0, None)
    assert named in said
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2, said
