"""Other people's services that our pages link to, without a script or a counter of theirs: to pass an article on, and
to subscribe to a feed."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Service:
    """A service, by the name that people know, and the link to it with places for an address and a title."""

    name: str
    link: str

    def address(self, url: str, title: str = "") -> str:
        """Where one brings it the document at `url`; both are percent-encoded as UTF-8 (RFC 3986 section 2.1)."""
        return self.link.format(url=quote(url, safe=""), title=quote(title, safe=""))


NETWORKS = (
    Service("Telegram", "https://t.me/share/url?url={url}&text={title}"),
    Service("WhatsApp", "https://wa.me/?text={title}%20{url}"),
    Service("X", "https://x.com/intent/post?text={title}&url={url}"),
    Service("Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    Service("LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={url}"),
)
"""Where an article is passed on."""

MAIL = Service("mail", "mailto:?subject={title}&body={url}")
"""A letter yet to be addressed (RFC 6068)."""

READERS = (
    Service("Feedly", "https://feedly.com/i/subscription/feed%2F{url}"),
    Service("Inoreader", "https://www.inoreader.com/?add_feed={url}"),
    Service("NewsBlur", "https://www.newsblur.com/?url={url}"),
    Service("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={url}"),
)
"""Where one subscribes to a feed."""
