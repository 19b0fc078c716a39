"""Conditional requests: whether what a client holds is what it would get (RFC 9110 section 13)."""

from datetime import UTC, datetime

from werkzeug.http import parse_date, parse_etags

from feedsvc.representation import ENCODERS, Representation

# What caches on the way add to an ETag when they compress: `"abc-gzip"` (Apache), and our own for each coding.
_SUFFIXES = tuple(f"-{coding}" for coding in (*ENCODERS, "deflate", "df"))


def is_current(kept: Representation, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the validators of a GET or HEAD name the content of `kept`, so that 304 is the answer.

    If-None-Match wins and compares weakly, whatever coding its ETag was given for. An If-Modified-Since that is no
    date or later than now is ignored; so is one of a second in which there were several changes, since it cannot
    say which of them the client has seen.
    """
    if if_none_match is not None:
        tags = parse_etags(if_none_match)
        return tags.star_tag or any(tag and _opaque(tag) == kept.opaque for tag in tags.as_set(include_weak=True))
    since = parse_date(if_modified_since)
    if since is None or since > datetime.now(UTC) or kept.document.freshness.crowded:
        return False
    return since >= kept.last_modified


def _opaque(tag: str) -> str:
    for suffix in _SUFFIXES:
        tag = tag.removesuffix(suffix)
    return tag
