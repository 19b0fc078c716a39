"""What others show on their pages, and the page on which they put it together."""

from collections.abc import Sequence

from feedsvc.config import Config
from feedsvc.directory import Channel
from feedsvc.feed import Entry, Tag
from feedsvc.languages import name_of
from feedsvc.looks import MOST_HEADLINES, PLAIN, THEMES, Look
from feedsvc.pages.layout import Layout
from feedsvc.pages.templates import Templates
from feedsvc.selection import Selection
from feedsvc.urls import Urls


class EmbedPages:
    """Renders every embed of one site; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._templates = templates
        self._layout = Layout(config, templates)

    def fragment(self, entries: Sequence[Entry]) -> str:
        """The headlines as a list, to be included in a page by its server."""
        return self._templates.render("headlines.html", self._config.language, entries=entries)

    def frame(self, selection: Selection, channel: Channel, entries: Sequence[Entry], look: Look) -> str:
        """The headlines as a page to be framed."""
        return self._templates.render(
            "frame.html",
            look.language or self._config.language,
            title=channel.title,
            home=self._urls.page(selection),
            entries=entries,
            theme=look.theme,
        )

    def card(self, entry: Entry, look: Look) -> str:
        """One article as a page to be framed."""
        return self._templates.render("card.html", entry.language, title=entry.title, entry=entry, theme=look.theme)

    def withdrawn(self, look: Look) -> str:
        """The page in the place of the card of a retracted article; it names nothing of it."""
        language = self._config.language
        title = self._templates.phrases.phrase(language, "gone")
        return self._templates.render("card.html", language, title=title, entry=None, theme=look.theme)

    def workbench(self, selection: Selection, channel: Channel, tags: Sequence[Tag], look: Look) -> str:
        """The page on which a partner chooses, sees, and copies; `tags` are suggested."""
        own = self._config.language
        languages = sorted({own, *self._templates.phrases.languages})
        return self._layout.render(
            "embed.html",
            own,
            [self._layout.of_channel(channel)],
            title=str(self._templates.phrases.phrase(own, "embed")),
            canonical=self._urls.embed(Selection()),
            name=channel.title,
            selection=selection,
            tag=channel.tag,
            tags=tags,
            look=look,
            standard=PLAIN,
            counted=Look(look.count),
            news_line=Selection(),
            languages=[(code, name_of(code)) for code in languages],
            themes=THEMES,
            most=MOST_HEADLINES,
            script=self._templates.assets["embed.js"],
        )
