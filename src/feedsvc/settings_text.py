"""What the texts of settings may be: each checked and put in order, or refused with the end of a sentence."""

import re
from ipaddress import ip_network

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from feedsvc.addresses import absolute_uri
from feedsvc.fronts import read_fronts
from feedsvc.text import one_line

# CSP 3, section 2.3.1, without the paths that frame-ancestors does not know.
_ANCESTOR = re.compile(r"'self'|(https?://)?(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:(\d{1,5}|\*))?", re.ASCII)
# RFC 6068, without escapes, and without what only the letter itself needs.
_MAILBOX = re.compile(r"mailto:[A-Za-z0-9.!$'*+=_~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_RATE = re.compile(r"[1-9][0-9]{0,8} per (second|minute|hour)", re.ASCII)
# indexnow.org/documentation.
_INDEX_KEY = re.compile(r"[A-Za-z0-9-]{8,128}", re.ASCII)
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")


def database_address(value: str) -> str:
    """The address of a database that feedsvc can store in, as it is. Raises `ValueError` for any other."""
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("is not a database address such as sqlite:///var/feedsvc.db") from None
    if url.drivername not in _DRIVERS:
        raise ValueError(f"names {url.drivername}, but feedsvc stores in sqlite or postgresql+psycopg")
    if url.drivername.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise ValueError("names no file; a database in memory would be another one in each process")
    return value


def replica_address(value: str) -> str:
    """The address of a database that may have replicas. Raises `ValueError` for anything else."""
    if value and not database_address(value).startswith("postgresql"):
        raise ValueError("names a file, which has no replicas")
    return value


def web_address(value: str) -> str:
    """The address of a site, without a trailing slash. Raises `ValueError` for anything else."""
    if not value:
        return value
    uri = absolute_uri(value)
    if uri is None or "?" in uri or "#" in uri:
        raise ValueError("is not an absolute http(s) address such as https://news.example")
    return uri.rstrip("/")


def image_address(value: str) -> str:
    """The address of a picture. Raises `ValueError` for anything else."""
    uri = absolute_uri(value) if value else ""
    if uri is None:
        raise ValueError("is not an absolute http(s) address such as https://news.example/logo.png")
    return uri


def contact(value: str) -> str:
    """Where to write to. Raises `ValueError` for anything else."""
    uri = absolute_uri(value) or ""
    if not value or _MAILBOX.fullmatch(value) or uri.startswith("https:"):
        return uri or value
    raise ValueError("is neither mailto:security@news.example nor an https address")


def ancestors(value: str) -> str:
    """Who may frame something, as `frame-ancestors` of CSP has it. Raises `ValueError` for anything else."""
    sources = value.split()
    if sources in (["*"], ["'none'"]) or (sources and all(map(_ANCESTOR.fullmatch, sources))):
        return " ".join(sources)
    raise ValueError("is neither * nor 'none' nor a list of origins such as https://partner.example https://*.example")


def fronts(value: str) -> str:
    """Caches in front, with blanks between them. Raises `ValueError` for anything else."""
    return " ".join(map(str, read_fronts(value)))


def web_addresses(value: str) -> str:
    """Web addresses, with commas or white space between them."""
    uris = [absolute_uri(address) for address in re.split(r"[,\s]+", value) if address]
    if not all(uri and "#" not in uri and "@" not in uri for uri in uris):
        raise ValueError("is not a list of absolute http(s) addresses without users such as https://hub.example/")
    return " ".join(dict.fromkeys(uri for uri in uris if uri))


def networks(value: str) -> str:
    """Networks, with blanks between them. Raises `ValueError` for anything else."""
    try:
        networks = [ip_network(network) for network in re.split(r"[,\s]+", value) if network]
    except ValueError:
        raise ValueError("is not a list of networks such as 10.1.0.0/16 fd12::/32") from None
    return " ".join(map(str, networks))


def index_key(value: str) -> str:
    """A key of IndexNow. Raises `ValueError` for anything else."""
    if value and not _INDEX_KEY.fullmatch(value):
        raise ValueError("is not 8 to 128 letters, digits and hyphens")
    return value


def rate(value: str) -> str:
    """How often something may happen. Raises `ValueError` for anything else."""
    if not _RATE.fullmatch(value):
        raise ValueError("is not a rate such as 600 per minute")
    return value


def printable(value: str) -> str:
    """One line of text. Raises `ValueError` for anything else."""
    if one_line(value) != value:
        raise ValueError("has a line break, a control character, or white space in excess")
    return value
