"""A document as it goes over the wire: made once, in one content coding, with all that can be computed early."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

import brotli
import zstandard
from zlib_ng import zlib_ng

from feedsvc.freshness import Freshness
from feedsvc.store.formulas import Formula

IDENTITY = "identity"
NOT_MODIFIED = "304 NOT MODIFIED"

# The widest window, in gzip's wrapping (zlib.compressobj).
_GZIP = 16 + 15

# In the order we prefer them. Levels are the highest whose first answer nobody waits for: in a worker, a feed of 126 kB
# takes 2 ms in any of them. br's next level takes 3.1 for 5 % fewer bytes; Python's zlib takes twice as long as zlib-ng
# for the same size. The time in gzip's header is 0, so that the same content gives the same bytes.
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=4),
    "zstd": lambda body: zstandard.ZstdCompressor(level=6).compress(body),
    "gzip": lambda body: zlib_ng.compress(body, level=6, wbits=_GZIP),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A finished document before it is encoded. `keys` name what it is made of (they are what a CDN purges by);
    `headers` are the fields it has besides those every representation has; `lifetime` is in seconds, None for as
    long as nothing touches it; `route` is the kind of address it stands at, as requests are counted by.

    `conditions` are what must be true, by key, of the article whose change concerns it, before the change or after.
    `edition` becomes a part of the ETag; it has to be a part of the body too.
    """

    body: bytes
    content_type: str
    keys: frozenset[str]
    freshness: Freshness
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    lifetime: float | None = None
    route: str = ""
    conditions: Mapping[str, Formula] = field(default_factory=dict)
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Representation:
    """One document in one content coding, with its header fields for 200 and for 304 (RFC 9110 section 15.4.5).

    `document` is what it was made of, without its body: a cache pays for each body once. `opaque` is what the ETags
    of all its codings begin with; it is not to be kept after `expires` (`time.monotonic()`, seconds).
    """

    document: Document
    encoding: str
    body: bytes
    etag: str
    opaque: str
    last_modified: datetime
    expires: float
    status_line: str
    headers: list[tuple[str, str]] = field(repr=False)
    not_modified_headers: list[tuple[str, str]] = field(repr=False)

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes, near enough to bound a cache by: fields and index weigh what they were
        seen to weigh, 3.3 kB, and the last page of a body is half empty."""
        return len(self.body) + 5_400


def represent(document: Document, now: datetime) -> Representation:
    """The unencoded representation of `document`, at `now` (UTC).

    The ETag is strong and a function of the body alone (RFC 9110 section 8.8.3); Last-Modified is never later
    than `now`, whatever a clock once said (section 8.8.2.1).
    """
    opaque = hashlib.sha256(document.body).hexdigest()[:32] + (document.edition and f".{document.edition}")
    last_modified = min(document.freshness.changed_at, now).replace(microsecond=0)
    expires = math.inf if document.lifetime is None else time.monotonic() + document.lifetime
    return _representation(replace(document, body=b""), IDENTITY, document.body, opaque, last_modified, expires)


def encode(plain: Representation, encoding: str) -> Representation:
    """The same document in another content coding (a key of `ENCODERS`), to be kept no longer than `plain`."""
    body = ENCODERS[encoding](plain.body)
    return _representation(plain.document, encoding, body, plain.opaque, plain.last_modified, plain.expires)


PACKED = "gzip"
"""The coding in which what is too large to be kept as it is may be kept, and out of which `unpack` gets it again."""


def unpack(packed: Representation) -> Representation:
    """The unencoded representation of which `packed` is the `PACKED` coding."""
    body = zlib_ng.decompress(packed.body, wbits=_GZIP)
    return _representation(packed.document, IDENTITY, body, packed.opaque, packed.last_modified, packed.expires)


def _representation(
    document: Document, encoding: str, body: bytes, opaque: str, last_modified: datetime, expires: float
) -> Representation:
    etag = f'"{opaque}"' if encoding == IDENTITY else f'"{opaque}-{encoding}"'
    shared = [
        ("ETag", etag),
        ("Last-Modified", format_datetime(last_modified, usegmt=True)),
        ("Vary", "Accept-Encoding"),
        *document.headers,
    ]
    specific = [("Content-Type", document.content_type), ("Content-Length", str(len(body)))]
    if encoding != IDENTITY:
        specific.append(("Content-Encoding", encoding))
    status = HTTPStatus(document.status)
    line = f"{status.value} {status.phrase.upper()}"
    return Representation(
        document, encoding, body, etag, opaque, last_modified, expires, line, specific + shared, shared
    )
