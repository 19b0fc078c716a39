"""What a purge looks like on the wire, for each kind of front: keys in, requests out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from feedsvc.fronts import Front
from feedsvc.sending import Message, json_message, signed

# What Fastly takes in one request. A key has 27 bytes at most, so this many fit into Varnish's 8 KiB for a field too.
KEYS_PER_REQUEST = 256


@dataclass(frozen=True, slots=True)
class Purge:
    """The keys that the journal's rows `first` to `last` touch, sorted."""

    first: int
    last: int
    keys: tuple[str, ...]


def messages(front: Front, token: str, purge: Purge) -> Iterator[Message]:
    """The requests that tell `front` of a purge, in order. A front that is told twice is none the worse for it."""
    return _WRITERS[front.kind](front.url, token, purge)


def _varnish(url: str, _token: str, purge: Purge) -> Iterator[Message]:
    # Whether the keys become a ban or go to xkey is for the VCL to say (deploy/): neither is Varnish's own protocol.
    for keys in _portions(purge):
        yield Message("PURGE", f"{url}/", {"Surrogate-Key": " ".join(keys)})


def _fastly(url: str, token: str, purge: Purge) -> Iterator[Message]:
    # Not Fastly-Soft-Purge: what is only marked as stale is served once more, and a retracted article must not be.
    for keys in _portions(purge):
        yield json_message(
            f"{url}/purge", {"Fastly-Key": token, "Accept": "application/json"}, {"surrogate_keys": keys}
        )


def _webhook(url: str, token: str, purge: Purge) -> Iterator[Message]:
    yield signed(json_message(url, {}, {"from": purge.first, "to": purge.last, "keys": purge.keys}), token)


def _portions(purge: Purge) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(purge.keys), KEYS_PER_REQUEST):
        yield purge.keys[start : start + KEYS_PER_REQUEST]


_WRITERS: Mapping[str, Callable[[str, str, Purge], Iterator[Message]]] = {
    "varnish": _varnish,
    "fastly": _fastly,
    "webhook": _webhook,
}
