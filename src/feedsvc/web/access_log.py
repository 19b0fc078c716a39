"""The access log: the id of a request, and its line once it is answered, whichever way that was."""

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from feedsvc import logs

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

access = logging.getLogger("feedsvc.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def name_request(environ: "WSGIEnvironment") -> None:
    """Give the request its id for every line that is logged on its behalf: the one it came with, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    logs.request_id.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))


def log_answer(environ: "WSGIEnvironment", status: int, size: int | None, began: float) -> None:
    """Write the line of a request that came in at `began` (`time.monotonic()`), answered with `size` bytes."""
    access.info(
        "%s %s %d",
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"].encode("latin-1").decode(errors="replace"),
        status,
        extra={
            "client": environ.get("REMOTE_ADDR"),
            "agent": environ.get("HTTP_USER_AGENT", ""),
            "bytes": size,
            "milliseconds": round((time.monotonic() - began) * 1000, 1),
        },
    )
