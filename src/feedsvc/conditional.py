"""Conditional requests: whether what a client holds is what it would get (RFC 9110 section 13)."""

from datetime import UTC, datetime
from functools import lru_cache

from werkzeug.http import parse_date, parse_etags

from feedsvc.representation import ENCODERS, Representation

# What caches on the way add to an ETag when they compress: `"abc-gzip"` (Apache), and our own for each coding.
_SUFFIXES = tuple(f"-{coding}" for coding in (*ENCODERS, "deflate", "df"))
# Pollers send what they were sent, in many requests: what was parsed is remembered, if it is no longer than this.
_MEMORABLE = 256


def is_current(kept: Representation, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the validators of a GET or HEAD name the content of `kept`, so that 304 is the answer.

    If-None-Match wins and compares weakly, whatever coding its ETag was given for. An If-Modified-Since that is no
    date or later than now is ignored; so is one of a second in which there were several changes, since it cannot
    say which of them the client has seen. Only what is answered with 200 can be current.
    """
    if kept.document.status != 200:
        return False
    if if_none_match is not None:
        if if_none_match == kept.etag:
            return True
        held = _held(if_none_match) if len(if_none_match) <= _MEMORABLE else _held.__wrapped__(if_none_match)
        return held is None or kept.opaque in held
    if if_modified_since is None or kept.document.freshness.crowded:
        return False
    since = _moment(if_modified_since) if len(if_modified_since) <= _MEMORABLE else None
    return since is not None and kept.last_modified <= since <= datetime.now(UTC)


def opaque_tags(if_none_match: str) -> list[tuple[str, str]]:
    """The ETags of a field without their quotation marks, each also without what names its coding."""
    return [(tag, _opaque(tag)) for tag in sorted(parse_etags(if_none_match).as_set(include_weak=True)) if tag]


@lru_cache(maxsize=4096)
def _held(if_none_match: str) -> frozenset[str] | None:
    """What the ETags of a field begin with; None for `*`."""
    tags = parse_etags(if_none_match)
    return None if tags.star_tag else frozenset(_opaque(tag) for tag in tags.as_set(include_weak=True) if tag)


@lru_cache(maxsize=4096)
def _moment(if_modified_since: str) -> datetime | None:
    return parse_date(if_modified_since)


def _opaque(tag: str) -> str:
    for suffix in _SUFFIXES:
        tag = tag.removesuffix(suffix)
    return tag
