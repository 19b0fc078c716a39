"""The site's own pages: the News Line, tags, articles, and what stands where there is none."""

import html
from collections.abc import Sequence
from datetime import datetime

from feedsvc.config import Config
from feedsvc.directory import Channel
from feedsvc.feed import Author, Entry, Tag, Version
from feedsvc.languages import name_of
from feedsvc.linked_data import news_article
from feedsvc.outbound import MAIL, NETWORKS, READERS
from feedsvc.pages.layout import Layout
from feedsvc.pages.templates import Templates
from feedsvc.selection import Selection
from feedsvc.slugs import slugify
from feedsvc.typography import by_day
from feedsvc.urls import Urls


class Pages:
    """Renders every page of one site; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._phrases = templates.phrases
        self._layout = Layout(config, templates)

    def line(
        self,
        selection: Selection,
        channel: Channel,
        entries: list[Entry],
        before: int | None,
        languages: Sequence[str] = (),
    ) -> str:
        """A page of headlines; `entries` may hold one more than a page shows, which says that there are older ones.
        `languages` are those in which the site can be read, if this is its front."""
        shown = entries[: self._config.page_size]
        older = self._urls.page(selection, shown[-1].number) if len(entries) > len(shown) else ""
        lead = shown[0] if shown and before is None else None
        own = self._layout.of_channel(channel)
        return self._layout.render(
            "line.html",
            channel.language,
            [own] if selection.is_whole else [own, self._layout.news_line],
            title=channel.heading,
            description=channel.description,
            canonical=self._urls.page(selection, before),
            embeddable=before is None,
            heading=channel.heading,
            nameplate_only=selection.is_whole,
            lead=lead,
            days=by_day(shown[1:] if lead else shown),
            older=older,
            newest=self._urls.page(selection) if before is not None else "",
            total=channel.articles,
            versions=self._lines(selection, channel, languages) if before is None else (),
            others=[(version, name_of(version.language)) for version in self._lines_in(languages)],
        )

    def tags(self, tags: list[tuple[Tag, int]]) -> str:
        """The page of all tags, each with its number of articles."""
        title = str(self._phrases.phrase(self._config.language, "subjects"))
        return self._layout.render(
            "tags.html",
            self._config.language,
            [self._layout.news_line],
            title=title,
            description=self._config.description,
            canonical=self._urls.tags(),
            tags=tags,
            # Nobody counts those of one language.
            counted=self._config.all_languages,
        )

    def subscribe(self, selection: Selection, channel: Channel, others: Sequence[Tag]) -> str:
        """How to subscribe to a selection; `others` are the tags whose feeds are offered beside it."""
        language, name = channel.language, channel.title
        return self._layout.render(
            "subscribe.html",
            language,
            [self._layout.of_channel(channel)],
            title=html.unescape(self._phrases.phrase(language, "subscribe_to", title=name)),
            description=channel.description,
            canonical=self._urls.subscribe(selection),
            name=name,
            selection=selection,
            source=self._source(selection),
            readers=READERS,
            others=[(tag, self._urls.subscribe(Selection(tag.slug))) for tag in others if tag != channel.tag],
            news_line=self._urls.subscribe(Selection()),
            hub=self._urls.hub(),
        )

    def article(self, entry: Entry, reads: int, versions: Sequence[Version]) -> str:
        """The page of one article, in its language; `versions` are all it is to be had in."""
        return self._layout.render(
            "article.html",
            entry.language,
            [self._layout.news_line, *map(self._layout.of_tag, entry.tags)],
            title=entry.title,
            description=entry.summary,
            canonical=entry.url,
            embeddable=True,
            entry=entry,
            writers=[(author.name, self._author(author)) for author in entry.authors],
            versions=versions,
            others=[(version, name_of(version.language)) for version in versions if version.url != entry.url],
            linked_data=news_article(entry, self._config, versions),
            reads=reads,
            mail=MAIL,
            networks=NETWORKS,
        )

    def gone(self, retracted_at: datetime) -> str:
        """The page in the place of a retracted article; it names nothing of it."""
        return self._layout.render("gone.html", self._config.language, [self._layout.news_line], retracted=retracted_at)

    def error(self, status: int, request_id: str = "", detail: str = "") -> str:
        """A page for an answer that is no document: 404, 500 and the like; `detail` is a sentence in English."""
        language = self._config.language
        name = {404: "not_found"}.get(status, "failed" if status >= 500 else "refused")
        return self._layout.render(
            "error.html",
            language,
            [self._layout.news_line],
            status=status,
            heading=self._phrases.phrase(language, name),
            message=self._phrases.phrase(language, f"{name}_text"),
            request_id=request_id,
            detail=detail,
        )

    def _lines_in(self, languages: Sequence[str]) -> list[Version]:
        """The News Line in each of the languages."""
        return [Version(each, self._urls.page(Selection(language=each.lower()))) for each in languages]

    def _lines(self, selection: Selection, channel: Channel, languages: Sequence[str]) -> list[Version]:
        """The News Line in other languages, as its page names them. The one in all languages names each, and each names
        that and itself: so a page need not change when another language comes."""
        everything = Version("x-default", self._urls.home())
        if selection.is_whole:
            return [*self._lines_in(languages), everything] if languages else []
        if selection == Selection(language=selection.language):
            return [*self._lines_in([channel.language]), everything]
        return []

    def _author(self, author: Author) -> str:
        """The page of an author; empty where the name is none that an address could carry."""
        slug = slugify(author.name)
        return self._urls.page(Selection(author=slug)) if slug else ""

    def _source(self, selection: Selection) -> str:
        """What the lines for other sites name: a page whose headlines `embed.js` finds by its address, or them."""
        found = selection.language or selection.author
        return self._urls.headlines(selection, "json") if found else self._urls.page(selection)
