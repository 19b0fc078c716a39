"""Flask-WebSub, which others have written: its subscriber at our hub, and its hub that we ping."""

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from callbacks import LINE, subscriptions
from conftest import Site, eventually, free_port
from flask import Flask, Response, request
from flask_websub.hub import Hub, SQLite3HubStorage
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from werkzeug.serving import make_server

pytest_plugins = ("hubs",)


@contextmanager
def served(app: Flask, port: int, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Let an application be reached on 127.0.0.1."""
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Reader:
    """An application with Flask-WebSub's subscriber in it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.app = Flask("reader")
        self.app.config["SERVER_NAME"] = f"127.0.0.1:{port}"
        storage = SQLite3SubscriberStorage(str(folder / "subscriptions.db"))
        self.subscriber = Subscriber(storage, SQLite3TempSubscriberStorage(str(folder / "wishes.db")))
        self.app.register_blueprint(self.subscriber.build_blueprint(url_prefix="/callbacks"))
        self.confirmed: list[str] = []
        self.heard: list[bytes] = []
        self.subscriber.add_success_handler(lambda _topic, _callback, mode: self.confirmed.append(mode))
        # Called only for what has a signature that is right.
        self.subscriber.add_listener(lambda _topic, _callback, body: self.heard.append(body))

    def do(self, verb: str, *arguments: Any, **options: Any) -> Any:
        """Call one of the subscriber's verbs, as its application would."""
        with self.app.app_context():
            return getattr(self.subscriber, verb)(*arguments, **options)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1, and what a server shows it with: Flask-WebSub gives no secret in the open."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    command = ["openssl", *asked.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    return certificate, tls


def test_its_subscriber_subscribes_is_told_renews_and_leaves(
    make_site: Callable[..., Site],
    tmp_path: Path,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, reader_port = free_port(), free_port()
    base = f"https://127.0.0.1:{port}"
    site = make_site(push_networks="127.0.0.0/8", base_url=base)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    reader = Reader(tmp_path, reader_port)

    with served(in_front_of(site), port, certificate[1]), served(reader.app, reader_port):
        found = discover(f"{base}{LINE}")
        assert found == {"hub_url": f"{base}/hub", "topic_url": f"{base}{LINE}"}
        callback = reader.do("subscribe", **found, lease_seconds=5000)
        eventually(lambda: reader.confirmed == ["subscribe"])
        eventually(lambda: subscriptions(site))
        (row,) = subscriptions(site).values()
        assert row.secret

        site.publish(title="Rain")
        eventually(lambda: reader.heard)
        assert reader.heard == [site.get(LINE, accept_encoding="identity").content]

        reader.do("renew", callback)
        eventually(lambda: reader.confirmed == ["subscribe", "subscribe"])
        eventually(lambda: [each.verified_at > row.verified_at for each in subscriptions(site).values()] == [True])

        reader.do("unsubscribe", callback)
        eventually(lambda: reader.confirmed[2:] == ["unsubscribe"])
        eventually(lambda: not subscriptions(site))
        site.publish(title="Snow")
        assert len(reader.heard) == 1
    assert site.service.pushing.outcomes["delivery", "delivered"] == 1


def test_its_hub_takes_our_ping_and_fetches_the_topic(make_site: Callable[..., Site], tmp_path: Path) -> None:
    hub_port, reader_port = free_port(), free_port()
    hub = Hub(SQLite3HubStorage(str(tmp_path / "hub.db")), AtOnce())
    hub_app, reader = Flask("hub"), Reader(tmp_path, reader_port)
    hub_app.config["PUBLISH_SUPPORTED"] = True
    hub_app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    address = f"http://127.0.0.1:{hub_port}/hub"

    with served(hub_app, hub_port), served(reader.app, reader_port):
        site = make_site(hubs=address)
        topic = f"{site.config.base_url}{LINE}"
        assert f'<{address}>; rel="hub"' in site.get(LINE).headers["link"]
        reader.do("subscribe", topic_url=topic, hub_url=address)
        eventually(lambda: reader.confirmed == ["subscribe"])
        site.publish(title="Rain")
        eventually(lambda: reader.heard)
        assert reader.heard[0] == site.get(LINE, accept_encoding="identity").content
        (announcer,) = site.service.room.announcers
        eventually(lambda: announcer.backlog().pending == 0)
        # The pings of the News Line and of its language, in three formats each.
        assert announcer.sender.outcomes == {"accepted": 6, "failed": 0}


class AtOnce:
    """What Flask-WebSub wants of Celery: here a task is done in a thread of its own, when it is asked for."""

    def task(self, *, bind: bool = False, **_options: Any) -> Callable[[Callable[..., Any]], Any]:
        def make(work: Callable[..., Any]) -> Any:
            class Task:
                @staticmethod
                def delay(*arguments: Any) -> None:
                    own = (None,) if bind else ()
                    threading.Thread(target=work, args=(*own, *arguments)).start()

            return Task

        return make


def in_front_of(site: Site) -> Flask:
    """A proxy for the site, which is reached by TLS."""
    proxy = Flask("proxy")

    @proxy.route("/<path:path>", methods=["GET", "POST"])
    def forward(path: str) -> Response:
        kind = {"Content-Type": request.content_type} if request.content_type else {}
        answer = site.http.request(request.method, f"/{path}", content=request.get_data(), headers=kind)
        links = {"Link": answer.headers["Link"]} if "Link" in answer.headers else {}
        return Response(answer.content, answer.status_code, links, content_type=answer.headers["Content-Type"])

    return proxy
