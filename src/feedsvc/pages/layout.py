"""What stands around every page of the site: the feeds it offers, and where to subscribe to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from feedsvc.catalogue import channel_title
from feedsvc.config import Config
from feedsvc.feed import Tag
from feedsvc.formats import FORMATS, Format
from feedsvc.pages.templates import Templates
from feedsvc.urls import Selection, Urls


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One feed as a page offers it."""

    title: str
    type: str
    href: str


class Layout:
    """Renders pages that look like the site; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._templates = templates

    def render(self, template: str, language: str, offered: Sequence[Tag | None], **values: Any) -> str:
        """Render a page that offers the feeds of `offered`, where None is the News Line; its own come first."""
        links = [self._feed_link(tag, form) for tag in offered for form in FORMATS.values()]
        context = {
            "title": "",
            "description": "",
            "canonical": "",
            "embeddable": False,
            "feeds": [replace(link, title=form.title) for link, form in zip(links, FORMATS.values(), strict=False)],
            "alternates": links,
            "subscribe": self._urls.subscribe(Selection(offered[0].slug if offered[0] else None)),
        }
        return self._templates.render(template, language, **(context | values))

    def _feed_link(self, tag: Tag | None, form: Format) -> FeedLink:
        title = f"{channel_title(self._config, tag)} ({form.title})"
        address = self._urls.feed(Selection(tag.slug if tag else None), form.name)
        return FeedLink(title, form.media_type, address)
