"""What is sent to the API: read strictly, bounded early, and refused with the place and the reason."""

import http.client
import json
from collections.abc import Callable

import pytest
from conftest import Served, Site
from desks import Desk, pointers

pytest_plugins = ("open_desks",)


def send(desk: Desk, body: bytes, kind: str = "application/json") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {desk.token}", "Content-Type": kind}
    answer = desk.site.http.post("/api/articles", content=body, headers=headers)
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Send application/json."),
        (b"{", "it is not JSON"),
        (b'{"title": "a", "title": "b"}', "it has the member 'title' twice"),
        (b'{"title": NaN}', "it has NaN"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "it is nested too deeply"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"title": "\xff"}', "it is not UTF-8"),
        (b'{"n": ' + b"9" * 5_000 + b"}", "it has a number too large to hold"),
    ],
)
@pytest.mark.only("sqlite")
def test_what_is_no_json_is_refused_with_the_reason(desk: Desk, body: bytes, reason: str) -> None:
    status, detail = send(desk, body, "application/json" if body else "text/plain")
    if body:
        assert (status, detail[: len("The body cannot be read: ") + len(reason)]) == (
            *(400, f"The body cannot be read: {reason}"),
        )
    else:
        assert status == 422  # an empty item, which has no title


@pytest.mark.only("sqlite")
def test_what_is_of_no_type_that_is_taken_is_refused(desk: Desk) -> None:
    assert send(desk, b"title=T", "application/x-www-form-urlencoded") == (415, "Send application/json.")


@pytest.mark.only("sqlite")
def test_each_wrong_member_is_pointed_at(desk: Desk) -> None:
    item = {
        "title": 1,
        "tags": ["a", 2],
        "date_published": "noon",
        "_feedsvc": {"status": "lost", "image": {"width": "x"}},
    }
    answer = desk.post(item)
    assert answer.status_code == 422
    assert pointers(answer) == ["/title", "/date_published", "/tags/1", "/_feedsvc/image/width", "/_feedsvc/status"]
    assert answer.json()["errors"][1]["detail"] == "is not an RFC 3339 date such as 2024-05-12T09:30:00Z"


@pytest.mark.only("sqlite")
def test_what_a_setting_forbids_is_too_large(make_site: Callable[..., Site], open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(make_site(article_bytes=2_000, request_bytes=1024))
    assert desk.post({"title": "T", "content_text": "x" * 1_500}).status_code == 201
    assert desk.site.http.post("/api/articles", content=b"x" * 1_500).status_code == 413  # without a key
    refused = desk.post({"title": "T", "content_text": "x" * 2_000})
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.only("sqlite")
def test_what_a_setting_forbids_is_too_much(make_site: Callable[..., Site], open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(make_site(article_members=2))
    assert desk.post({"title": "T", "tags": ["a", "b"]}).status_code == 201
    refused = desk.post({"title": "T", "tags": ["a", "b", "c"]})
    assert refused.json()["errors"] == [{"pointer": "/tags", "detail": "has 3 members, more than 2"}]
    corrections = [{"text": str(n)} for n in range(3)]
    assert pointers(desk.post({"title": "T", "_feedsvc": {"corrections": corrections}})) == ["/_feedsvc/corrections"]


@pytest.mark.only("sqlite")
def test_what_is_not_there_is_a_problem_too(desk: Desk) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", "/articles", 405), ("GET", "/articles/none", 404)):
        answer = desk.ask(method, path)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
    assert desk.ask("GET", "/articles/a%00b").status_code == 404


def test_chunked_bodies_are_taken_by_the_real_server(serve: Callable[..., Served]) -> None:
    served = serve("--workers", "1", article_bytes=100_000, import_bytes=1_000_000)
    token = served.shell("key", "create", "desk", "--scope", "publish").stdout.decode().strip()

    def send_chunked(path: str, kind: str, chunks: list[bytes]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", served.http.base_url.port)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        connection.request("POST", f"/api{path}", iter(chunks), headers, encode_chunked=True)
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    item = json.dumps({"title": "T", "content_text": "x" * 50_000}).encode()
    status, _ = send_chunked("/articles", "application/json", [item[:9], item[9:30_000], item[30_000:]])
    assert status == 201
    assert send_chunked("/articles", "application/json", [b" " * 60_000, b" " * 60_000])[0] == 413
    line = b'{"id": "%d", "title": "T"}\n'
    status, told = send_chunked("/import", "application/x-ndjson", [line % n for n in range(300)])
    assert (status, len(told.splitlines())) == (200, 300)
    assert send_chunked("/import", "application/x-ndjson", [b" " * 600_000, b" " * 600_000])[0] == 413
