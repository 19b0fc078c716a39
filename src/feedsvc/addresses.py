"""Addresses that come from outside, made absolute and ASCII (RFC 3986, RFC 3987 section 3.1)."""

import re
from urllib.parse import urljoin, urlsplit

from werkzeug.urls import iri_to_uri

SCHEMES = ("http", "https")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def absolute_uri(address: str, base: str | None = None) -> str | None:
    """`address` as an absolute http(s) URI in ASCII, resolved against `base`; None when it cannot be one."""
    if not address and not base:
        return None  # most authors have none
    try:
        parts = urlsplit(urljoin(base, address.strip()) if base else address.strip())
        if parts.scheme.lower() not in SCHEMES or not parts.hostname:
            return None
        _ = parts.port
        uri = iri_to_uri(parts.geturl())
    except ValueError:
        return None
    return uri if _VISIBLE.fullmatch(uri) else None
