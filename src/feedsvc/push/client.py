"""The client that asks callbacks: many at once in one thread, none of them for long, and none that is not public."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from werkzeug.http import parse_date
from yarl import URL

from feedsvc import __version__
from feedsvc.push.strangers import Networks, guarded_sockets

log = logging.getLogger(__name__)

# What is read of an answer. A challenge has 43 bytes, and of the answer to a delivery nothing is of use.
_MOST_BYTES = 4_096
_KEPT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status (0 if nothing did, and `error` says why), the beginning of the body, and how long we
    were asked to wait before we come again, in seconds (RFC 9110 section 10.2.3; 0 if we were not)."""

    status: int
    body: bytes = b""
    error: str = ""
    wait_seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether it was a 2xx."""
        return 200 <= self.status < 300


class _Cut(Exception):
    """A connection ended before there was an answer."""


class Client:
    """Asks strangers. Redirects are not followed, nor is a proxy asked, a cookie kept or a compressed answer unpacked;
    what a name leads to is judged at each connect. A context manager."""

    def __init__(
        self,
        opened: Networks,
        connections: int,
        host_connections: int,
        timeout_seconds: float,
        resolver: AbstractResolver | None = None,
    ) -> None:
        connector = TCPConnector(
            limit=connections,
            limit_per_host=host_connections,
            keepalive_timeout=_KEPT_SECONDS,
            socket_factory=guarded_sockets(opened),
            resolver=resolver,
        )
        self._session = ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=timeout_seconds),
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": f"feedsvc/{__version__} (WebSub hub)"},
            auto_decompress=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.__aexit__(kind, error, trace)

    async def get(self, url: str) -> Reply:
        """GET `url`."""
        return await self._ask("GET", url, {}, None)

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Reply:
        """POST `body` to `url`. The status is the whole answer (WebSub section 7), also if its body ends too soon."""
        return await self._ask("POST", url, headers, body)

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Reply:
        try:
            return await self._try(method, url, headers, body)
        except _Cut:
            # A connection that was kept, and that the other side gives up just now, says nothing of the callback.
            with suppress(_Cut):
                return await self._try(method, url, headers, body)
            return Reply(0, error="it cut the connection")

    async def _try(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Reply:
        try:
            # As it was given, octet for octet.
            address = URL(url, encoded=True)
            async with self._session.request(
                method, address, headers=headers, data=body, allow_redirects=False
            ) as response:
                begin = _beginning if method == "GET" else _dispose
                return Reply(response.status, await begin(response), _named(response), _wait(response))
        except (ServerDisconnectedError, ConnectionResetError, BrokenPipeError) as error:
            raise _Cut from error
        except TimeoutError:
            return Reply(0, error="it did not answer in time")
        except (ClientError, OSError, ValueError) as error:
            if isinstance(error, ClientOSError) and not isinstance(error, ClientConnectorError):
                raise _Cut from error
            # What cannot be spelled for a socket or for DNS is a ValueError.
            return Reply(0, error=f"it cannot be asked: {str(error) or type(error).__name__}")
        except Exception as error:
            # One address that nobody has foreseen is not to end the work of all.
            log.exception("%s cannot be asked", url)
            return Reply(0, error=f"it cannot be asked: {type(error).__name__}")


async def _beginning(response: ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            # There may be no end of it.
            response.close()
            break
    return body[:_MOST_BYTES]


async def _dispose(response: ClientResponse) -> bytes:
    """Read what is of no use, so that the connection may be used again."""
    try:
        await _beginning(response)
    except (ClientError, OSError):
        response.close()
    return b""


def _named(response: ClientResponse) -> str:
    return "" if 200 <= response.status < 300 else f"it answered {response.status}"


def _wait(response: ClientResponse) -> float:
    asked = response.headers.get("Retry-After", "")
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    try:
        moment = parse_date(asked)
    except OverflowError:
        return 0.0
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0.0
