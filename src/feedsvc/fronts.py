"""What stands in front of us, by its kind and address: `varnish+http://127.0.0.1:6081`."""

import re
from dataclasses import dataclass

from feedsvc.addresses import absolute_uri

KINDS = ("varnish", "fastly", "webhook")


@dataclass(frozen=True, slots=True)
class Front:
    """One cache that keeps copies of our documents, and the address at which it is told what to forget."""

    kind: str
    url: str

    def __str__(self) -> str:
        return f"{self.kind}+{self.url}"


def read_fronts(text: str) -> tuple[Front, ...]:
    """The fronts that `text` lists, with commas or white space between them. Raises `ValueError` with the reason."""
    return tuple(dict.fromkeys(_front(address) for address in re.split(r"[,\s]+", text) if address))


def _front(address: str) -> Front:
    kind, _, url = address.partition("+")
    uri = absolute_uri(url)
    if kind not in KINDS or uri is None or "#" in uri:
        raise ValueError(f"is not a kind ({', '.join(KINDS)}), a plus and an address: varnish+http://127.0.0.1:6081")
    if "@" in uri:
        raise ValueError("holds a user or a password; a secret is the business of purge_token")
    return Front(kind, uri.rstrip("/"))
