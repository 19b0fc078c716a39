"""Editions: which state of a feed its ETag stands for, so that what has changed since can be told (RFC 3229).

The date of a feed's last change is a part of its bytes in every format, and its second a part of its ETag. So the ETag
is a function of the bytes still, and nobody has to remember what was handed out.
"""

import re
from datetime import UTC, datetime

_EDITION = re.compile(r"[0-9a-f]{32}\.([0-9a-f]{8})")


def edition_of(changed_at: datetime) -> str:
    """The second of a change, as an ETag has it."""
    return f"{max(0, int(changed_at.timestamp())):08x}"


def changed_at(opaque: str) -> datetime | None:
    """The second (UTC) of the change that made what an ETag stands for, without its coding; None if it is none of a
    feed."""
    found = _EDITION.fullmatch(opaque)
    return datetime.fromtimestamp(int(found[1], 16), UTC) if found else None
