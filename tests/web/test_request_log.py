"""The log of `feedsvc serve`: one JSON object a line, each request by its id, failures in full."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Served, Site, eventually
from databases import run_sql


def lines(served: Served, logger: str) -> list[dict[str, Any]]:
    """What a logger has written so far."""
    written = [line for line in served.log.read_text().splitlines() if line.startswith("{")]
    return [entry for entry in map(json.loads, written) if entry["logger"] == logger]


def test_each_request_is_one_line_of_json_when_that_is_wanted(serve: Callable[..., Served]) -> None:
    served = serve("--access-log")
    headers = {"x-request-id": "ours-1", "user-agent": 'Reader "1" (x)'}
    assert served.http.get("/feeds/news-line.rss?utm=1", headers=headers).status_code == 200
    assert served.http.get("/a%0Ab").status_code == 404
    assert served.stop() == 0
    requests = [line for line in lines(served, "feedsvc.access") if "/ready" not in line["message"]]
    assert [line["message"] for line in requests] == ["GET /feeds/news-line.rss 200", "GET /a\nb 404"]
    first, second = requests
    assert first["request_id"] == "ours-1"
    assert (first["level"], first["client"]) == ("INFO", "127.0.0.1")
    assert first["agent"] == 'Reader "1" (x)'
    assert first["bytes"] > 100
    assert first["milliseconds"] >= 0
    assert len(second["request_id"]) == 16
    assert {"at", "pid"} <= set(second)


def test_a_failure_is_logged_in_full_with_the_id_that_the_page_shows(
    serve: Callable[..., Served], database_url: str
) -> None:
    served = serve()
    run_sql(database_url, "DELETE FROM site")
    response = served.http.get("/", headers={"x-request-id": "broken-7"})
    run_sql(database_url, "ALTER TABLE journal RENAME TO journal_away")
    assert response.status_code == 500
    assert "broken-7" in response.text
    entry = eventually(lambda: lines(served, "feedsvc.web.errors"))[0]
    assert (entry["level"], entry["message"], entry["request_id"]) == ("ERROR", "a request failed", "broken-7")
    assert "NoResultFound" in entry["exc_info"]
    unasked = eventually(lambda: lines(served, "feedsvc.follower"))[0]
    assert unasked["message"].startswith("the journal cannot be followed; what is cached is served: ")
    assert "journal" in unasked["message"].partition(": ")[2]
    assert unasked["request_id"] == ""
    assert served.stop() == 0
    assert lines(served, "feedsvc.access") == []  # nobody asked for them


@pytest.mark.parametrize(("trusted", "client"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "203.0.113.9")])
def test_a_client_behind_proxies_is_logged_when_they_are_trusted(
    make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture, trusted: int, client: str
) -> None:
    caplog.set_level("INFO", "feedsvc.access")
    site = make_site(access_log=True, trusted_proxies=trusted)
    site.get("/feeds/news-line.rss", x_forwarded_for="198.51.100.1, 203.0.113.9, 192.0.2.7", if_none_match="*")
    record = eventually(lambda: [each for each in caplog.records if each.name == "feedsvc.access"])[0]
    assert record.message == "GET /feeds/news-line.rss 304"
    assert record.client == client
