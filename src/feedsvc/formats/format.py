"""What a feed format is: a name, a media type, and the one function that writes it."""

from collections.abc import Callable
from dataclasses import dataclass

from feedsvc.feed import Feed


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a feed. `name` is also the file extension, `title` what people call it.

    `media_type` stands without parameters.

    `has_tombstones` is whether it can say that an entry is no more.

    `write` is a pure function: equal feeds give equal bytes, in every process. It raises `ValueError` for text that
    the format cannot carry.
    """

    name: str
    title: str
    media_type: str
    write: Callable[[Feed], bytes]
    has_tombstones: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header of a document in this format (RFC 9110 section 8.3)."""
        return f"{self.media_type}; charset=utf-8"
