"""What stands around every page of the site: the feeds it offers, and where to subscribe to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from feedsvc.config import Config
from feedsvc.directory import Channel, channel_title
from feedsvc.feed import Tag
from feedsvc.formats import FORMATS, Format
from feedsvc.pages.templates import Templates
from feedsvc.selection import Selection
from feedsvc.urls import Urls


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One feed as a page offers it."""

    title: str
    type: str
    href: str


class Offer(NamedTuple):
    """A selection whose feeds a page offers, and what they are called."""

    selection: Selection
    title: str


class Layout:
    """Renders pages that look like the site; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._templates = templates

    @property
    def news_line(self) -> Offer:
        """The feeds of everything."""
        return Offer(Selection(), self._config.title)

    def of_channel(self, channel: Channel) -> Offer:
        """The feeds of a channel."""
        return Offer(channel.selection, channel.title)

    def of_tag(self, tag: Tag) -> Offer:
        """The feeds of a tag, by what they are called if nobody has named them otherwise."""
        return Offer(Selection(tag.slug), channel_title(self._config, tag.label.lstrip("#")))

    def render(self, template: str, language: str, offered: Sequence[Offer], **values: Any) -> str:
        """Render a page that offers feeds, its own first."""
        links = [self._feed_link(offer, form) for offer in offered for form in FORMATS.values()]
        context = {
            "title": "",
            "description": "",
            "canonical": "",
            "embeddable": False,
            "feeds": [replace(link, title=form.title) for link, form in zip(links, FORMATS.values(), strict=False)],
            "alternates": links,
            "subscribe": self._urls.subscribe(offered[0].selection),
        }
        return self._templates.render(template, language, **(context | values))

    def _feed_link(self, offer: Offer, form: Format) -> FeedLink:
        address = self._urls.feed(offer.selection, form.name)
        return FeedLink(f"{offer.title} ({form.title})", form.media_type, address)
