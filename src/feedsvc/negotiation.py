"""Which content coding a client is answered in (RFC 9110 section 12.5.3)."""

from functools import lru_cache

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from feedsvc.representation import ENCODERS, IDENTITY


def choose_encoding(accept_encoding: str) -> str:
    """The coding to answer in: the one the client weighs highest, ours among equals, none that it forbids (`q=0`).

    Identity is the answer to a client that names no coding we have, even to one that forbids identity: a feed
    it can read is better than 406.
    """
    # Clients repeat a few values. What is longer than any of them is not worth remembering.
    return _choose(accept_encoding) if len(accept_encoding) <= 256 else _choose.__wrapped__(accept_encoding)


@lru_cache(maxsize=1024)
def _choose(accept_encoding: str) -> str:
    offered = {name.lower(): quality for name, quality in parse_accept_header(accept_encoding, Accept)}
    default = offered.get("*", 0)
    qualities = {coding: offered.get(coding, default) for coding in ENCODERS}
    best = max(qualities, key=lambda coding: qualities[coding])
    if qualities[best] <= 0 or qualities[best] < offered.get(IDENTITY, 0):
        return IDENTITY
    return best
