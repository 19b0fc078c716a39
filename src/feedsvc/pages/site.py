"""The site's own pages: the News Line, tags, articles, and what stands where there is none."""

import html
from collections.abc import Sequence
from datetime import datetime

from feedsvc.catalogue import Channel
from feedsvc.config import Config
from feedsvc.feed import Entry, Tag
from feedsvc.linked_data import news_article
from feedsvc.outbound import MAIL, NETWORKS, READERS
from feedsvc.pages.layout import Layout
from feedsvc.pages.templates import Templates
from feedsvc.typography import by_day
from feedsvc.urls import Selection, Urls


class Pages:
    """Renders every page of one site; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._phrases = templates.phrases
        self._layout = Layout(config, templates)

    def line(self, selection: Selection, channel: Channel, entries: list[Entry], before: int | None) -> str:
        """A page of headlines; `entries` may hold one more than a page shows, which says that there are older ones."""
        shown = entries[: self._config.page_size]
        older = self._urls.page(selection, shown[-1].number) if len(entries) > len(shown) else ""
        lead = shown[0] if shown and before is None else None
        heading = channel.tag.label.lstrip("#") if channel.tag else self._config.title
        return self._layout.render(
            "line.html",
            self._config.language,
            [channel.tag, None] if channel.tag else [None],
            title=heading,
            description=channel.description,
            canonical=self._urls.page(selection, before),
            embeddable=before is None,
            heading=heading,
            tag=channel.tag,
            lead=lead,
            days=by_day(shown[1:] if lead else shown),
            older=older,
            newest=self._urls.page(selection) if before is not None else "",
            total=channel.articles,
        )

    def tags(self, tags: list[tuple[Tag, int]]) -> str:
        """The page of all tags, each with its number of articles."""
        title = str(self._phrases.phrase(self._config.language, "subjects"))
        return self._layout.render(
            "tags.html",
            self._config.language,
            [None],
            title=title,
            description=self._config.description,
            canonical=self._urls.tags(),
            tags=tags,
        )

    def subscribe(self, selection: Selection, channel: Channel, others: Sequence[Tag]) -> str:
        """How to subscribe to a selection; `others` are the tags whose feeds are offered beside it."""
        language = self._config.language
        name = channel.title
        return self._layout.render(
            "subscribe.html",
            language,
            [channel.tag],
            title=html.unescape(self._phrases.phrase(language, "subscribe_to", title=name)),
            description=channel.description,
            canonical=self._urls.subscribe(selection),
            name=name,
            selection=selection,
            readers=READERS,
            others=[(tag, self._urls.subscribe(Selection(tag.slug))) for tag in others if tag != channel.tag],
            news_line=self._urls.subscribe(Selection()),
        )

    def article(self, entry: Entry, reads: int) -> str:
        """The page of one article, in its language."""
        return self._layout.render(
            "article.html",
            entry.language,
            [None, *entry.tags],
            title=entry.title,
            description=entry.summary,
            canonical=entry.url,
            embeddable=True,
            entry=entry,
            linked_data=news_article(entry, self._config),
            reads=reads,
            mail=MAIL,
            networks=NETWORKS,
        )

    def gone(self, retracted_at: datetime) -> str:
        """The page in the place of a retracted article; it names nothing of it."""
        return self._layout.render("gone.html", self._config.language, [None], retracted=retracted_at)

    def error(self, status: int, request_id: str = "") -> str:
        """A page for an answer that is no document: 404, 500 and the like."""
        language = self._config.language
        name = {404: "not_found"}.get(status, "failed" if status >= 500 else "refused")
        return self._layout.render(
            "error.html",
            language,
            [None],
            status=status,
            heading=self._phrases.phrase(language, name),
            message=self._phrases.phrase(language, f"{name}_text"),
            request_id=request_id,
        )
