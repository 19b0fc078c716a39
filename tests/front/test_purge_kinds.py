"""How each kind of front is told: Fastly's requests, a signed webhook, and over HTTPS only to whom it names."""

import hashlib
import hmac
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Served, Site, eventually
from in_front import Recorder

from feedsvc.item import read_item

TOKEN = "open-sesame"


@pytest.fixture
def front() -> Iterator[Recorder]:
    with Recorder().listening() as recorder:
        yield recorder


def publish(site: Site, count: int) -> None:
    site.service.newsroom.accept([read_item({"id": str(n), "title": "T", "tags": [f"Tag {n}"]}) for n in range(count)])
    eventually(lambda: site.service.purging.purgers[0].backlog().pending == 0)


def expected(count: int) -> list[str]:
    each = [f"{kind}-{n}" for kind, first in (("article", 1), ("channel", 2)) for n in range(first, first + count)]
    # Of the News Line and of its language, parts of fifty were opened.
    parts = [f"archive-{channel}-{part}" for channel in (0, 1) for part in range(2, (count - 1) // 50 + 2)]
    return sorted([*each, *parts, "articles-0", "channel-0", "channel-1"])


def test_fastly_is_told_as_it_wants_to_be(make_site: Callable[..., Site], front: Recorder) -> None:
    site = make_site(
        purge_urls=f"fastly+http://127.0.0.1:{front.port}/service/SU1Z0isxPaozGVKXdv0eY", purge_token=TOKEN
    )
    publish(site, 200)
    assert {(told.method, told.path) for told in front.told} == {("POST", "/service/SU1Z0isxPaozGVKXdv0eY/purge")}
    assert {told.headers["Fastly-Key"] for told in front.told} == {TOKEN}
    assert {told.headers["Content-Type"] for told in front.told} == {"application/json"}
    assert not any("Fastly-Soft-Purge" in told.headers for told in front.told)
    portions = [json.loads(told.body)["surrogate_keys"] for told in front.told]
    assert [len(portion) for portion in portions] == [256, 153, 256, 153]
    assert portions[0] + portions[1] == expected(200)


def test_a_webhook_is_told_of_rows_in_order_and_signed(make_site: Callable[..., Site], front: Recorder) -> None:
    site = make_site(purge_urls=f"webhook+http://127.0.0.1:{front.port}/purge?zone=1", purge_token=TOKEN)
    publish(site, 3)
    site.publish(id="0", tags=["Tag 0"], title="Another")
    eventually(lambda: len(front.told) == 4)
    contents = [json.loads(told.body) for told in front.told]
    rows = {"from": 2, "to": 4, "keys": expected(3)}
    keys = [
        "archive-0-1",
        "archive-1-1",
        "archive-2-1",
        "article-1",
        "articles-0",
        "channel-0",
        "channel-1",
        "channel-2",
    ]
    assert contents == [rows] * 2 + [{"from": 5, "to": 5, "keys": keys}] * 2
    for told in front.told:
        assert (told.method, told.path) == ("POST", "/purge?zone=1")
        signature = hmac.new(TOKEN.encode(), told.body, hashlib.sha256).hexdigest()
        assert told.headers["X-Feedsvc-Signature"] == f"sha256={signature}"


def test_without_a_token_a_webhook_is_not_signed(make_site: Callable[..., Site], front: Recorder) -> None:
    site = make_site(purge_urls=f"webhook+http://127.0.0.1:{front.port}")
    publish(site, 1)
    assert {told.path for told in front.told} == {"/"}
    assert not any("X-Feedsvc-Signature" in told.headers for told in front.told)


def test_https_tells_only_whom_it_can_verify(
    make_site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = ["openssl", *request.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with Recorder(tls=tls).listening() as front:
        site = make_site(purge_urls=f"fastly+https://localhost:{front.port}/service/1", purge_token=TOKEN)
        site.publish()
        eventually(lambda: "certificate verify failed" in caplog.text)
        assert front.told == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        eventually(lambda: len(front.told) == 2)
    assert json.loads(front.told[0].body) == {"surrogate_keys": ["article-1", "articles-0", "channel-0", "channel-1"]}
    assert TOKEN not in caplog.text


def test_the_token_stands_in_no_log(serve: Callable[..., Served], front: Recorder) -> None:
    front.answer = lambda number: 403 if number < 3 else 200
    url = f"fastly+http://127.0.0.1:{front.port}/service/1"
    served = serve("--access-log", purge_urls=url, purge_token=TOKEN, log_level="debug")
    assert served.shell("publish", "-", stdin=b'{"title": "Bridge opens"}').returncode == 0
    eventually(lambda: len(front.accepted) == 2)
    assert "answered 403" in served.log.read_text()
    assert TOKEN not in served.log.read_text()
    assert TOKEN not in served.shell("config").stdout.decode()
    assert f"purge_urls = '{url}'" in served.shell("config").stdout.decode()
