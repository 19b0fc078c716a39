"""Which of a feed's further links belong into a document of one format."""

from collections.abc import Iterator

from feedsvc.feed import Feed, Link

# RFC 5005: these lead to more of the same document, so they must stay within its format.
_WITHIN_FORMAT = frozenset(
    {"first", "last", "next", "previous", "prev", "current", "prev-archive", "next-archive"},
)


def links_for(feed: Feed, media_type: str) -> Iterator[Link]:
    """The links of `feed` that a document of `media_type` carries, in their order.

    A paging or archive link with the type of another format is left out, so that one feed value can name its archives
    in every format; without a type it stands in all of them.
    """
    for link in feed.links:
        if link.rel not in _WITHIN_FORMAT or link.type in ("", media_type):
            yield link
