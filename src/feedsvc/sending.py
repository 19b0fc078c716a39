"""Sends a message to whom the operator has named: one request, one connection, one answer that counts.

The standard library does it. There are no redirects to follow, no cookies, no proxies and nothing to pool in a few
requests a commit, which is what a client from elsewhere would bring along with its own dependencies.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import create_default_context
from typing import Any
from urllib.parse import urlsplit

from feedsvc import __version__
from feedsvc.errors import FeedsvcError

_TIMEOUT_SECONDS = 5.0


class Undelivered(FeedsvcError):
    """A target could not be reached, or answered with anything but a 2xx; the sentence holds no secret."""

    def __init__(self, reason: str, status: int = 0) -> None:
        """`status` is 0 when there was no answer."""
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Message:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


def json_message(url: str, headers: Mapping[str, str], content: Mapping[str, Any]) -> Message:
    """A POST of `content` as JSON."""
    return Message("POST", url, {"Content-Type": "application/json", **headers}, json.dumps(content).encode())


def signed(message: Message, secret: str) -> Message:
    """`message` with a signature of its body (HMAC-SHA256) in `X-Feedsvc-Signature`, if there is a secret."""
    if not secret:
        return message
    signature = hmac.new(secret.encode(), message.body, hashlib.sha256).hexdigest()
    headers = {**message.headers, "X-Feedsvc-Signature": f"sha256={signature}"}
    return Message(message.method, message.url, headers, message.body)


class Sender:
    """Sends, and counts the requests that were `accepted`, and those that `failed`."""

    def __init__(self) -> None:
        self.accepted = 0
        self.failed = 0

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Both counts, by name."""
        return {"accepted": self.accepted, "failed": self.failed}

    def send(self, message: Message) -> None:
        """Send a message; an https address is verified. Raises `Undelivered` unless it was accepted."""
        try:
            _send(message)
        except Undelivered:
            self.failed += 1
            raise
        self.accepted += 1


def _send(message: Message) -> None:
    address = urlsplit(message.url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {"User-Agent": f"feedsvc/{__version__}", **message.headers}
    connection = _connect(address.scheme, address.hostname or "", address.port)
    try:
        connection.request(message.method, target, message.body or None, headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise Undelivered(f"it cannot be reached: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise Undelivered(f"it answered {status}", status)


def _connect(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    return HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=create_default_context())
