"""Feeds for clients that ask for nothing but what has changed (RFC 3229, with `feed` as the instance manipulation)."""

from datetime import datetime

from flask import Request, Response

from feedsvc.conditional import is_current, opaque_tags
from feedsvc.editions import changed_at
from feedsvc.formats import Format
from feedsvc.negotiation import choose_encoding
from feedsvc.press.feeds import FeedPress
from feedsvc.representation import Representation
from feedsvc.selection import Selection
from feedsvc.web.answers import Answer, answer_with

# Each costs a look into the journal. A client holds one, or a few of which the newest is the best.
_MOST_EDITIONS = 4


def wants_delta(request: Request) -> bool:
    """Whether a client has an edition of the feed and takes what has changed since instead of the whole (RFC 3229
    section 10.5.3)."""
    offered = request.headers.get("A-IM", "").lower().split(",")
    names = {offer.partition(";")[0].strip() for offer in offered if not _is_refused(offer)}
    return "feed" in names and "If-None-Match" in request.headers


def answer_with_delta(request: Request, press: FeedPress, selection: Selection, form: Format) -> Response:
    """304 if the client has the newest edition, 226 with what has changed since the one it has, and the whole feed
    where that is not known."""
    encoding = choose_encoding(request.headers.get("Accept-Encoding", ""))
    whole = press.feed(selection, form, encoding)
    held = request.headers["If-None-Match"]
    if not is_current(whole, held, None):
        for since, base in _editions(held):
            delta = press.delta(selection, form, since, encoding)
            # One that was made before the whole would let its client miss what lies between them.
            if delta and delta.document.freshness.changed_at >= whole.document.freshness.changed_at:
                return _manipulated(delta, whole, base)
    return answer_with(whole, request)


def _manipulated(delta: Representation, whole: Representation, base: str) -> Response:
    own = {"ETag": whole.etag, "Vary": "A-IM, If-None-Match, Accept-Encoding"}
    headers = [(name, own.get(name, value)) for name, value in delta.headers]
    return Answer(delta.body, delta.status_line, [*headers, ("Delta-Base", base)])


def _editions(if_none_match: str) -> list[tuple[datetime, str]]:
    """The newest editions that a client holds, the newest first, each with its ETag."""
    held = ((changed_at(opaque), f'"{tag}"') for tag, opaque in opaque_tags(if_none_match))
    return sorted(((at, tag) for at, tag in held if at is not None), reverse=True)[:_MOST_EDITIONS]


def _is_refused(offer: str) -> bool:
    _, _, parameters = offer.partition(";")
    name, _, weight = parameters.strip().partition("=")
    return name == "q" and not weight.strip("0.")
