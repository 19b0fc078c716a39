"""Feed readers that can be sent to a feed by a link."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader, by the name that people know, and the beginning of the address that subscribes to a feed there."""

    name: str
    prefix: str

    def address(self, feed: str) -> str:
        """Where one subscribes to the feed at the address `feed`."""
        return self.prefix + quote(feed, safe="")


READERS = (
    Reader("Feedly", "https://feedly.com/i/subscription/feed%2F"),
    Reader("Inoreader", "https://www.inoreader.com/?add_feed="),
    Reader("NewsBlur", "https://www.newsblur.com/?url="),
    Reader("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
)
