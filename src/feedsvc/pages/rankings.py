"""The pages of what is read most."""

import html
from collections.abc import Sequence
from dataclasses import replace

from feedsvc.config import Config
from feedsvc.feed import Entry
from feedsvc.formats import FORMATS
from feedsvc.pages.layout import FeedLink, Layout
from feedsvc.pages.templates import Templates
from feedsvc.selection import RANKINGS, Selection
from feedsvc.urls import Urls


class RankingPages:
    """Renders every ranking; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._phrases = templates.phrases
        self._layout = Layout(config, templates)

    def title(self, window: str) -> str:
        """What a ranking is called."""
        words = (self._phrases.phrase(self._config.language, name) for name in ("most_read", f"most_read_{window}"))
        return html.unescape(" ".join(words))

    def ranking(self, window: str, entries: Sequence[Entry]) -> str:
        """The page of a window: the articles in their order."""
        language, urls = self._config.language, self._urls
        name = f"{self.title(window)} — {self._config.title}"
        links = [
            FeedLink(f"{name} ({form.title})", form.media_type, urls.feed(Selection(ranking=window), form.name))
            for form in FORMATS.values()
        ]
        return self._layout.render(
            "ranking.html",
            language,
            [self._layout.news_line],
            alternates=links,
            feeds=[replace(link, title=form.title) for form, link in zip(FORMATS.values(), links, strict=True)],
            title=self.title(window),
            description=self._config.description,
            canonical=urls.ranking(window),
            windows=[(self._phrases.phrase(language, f"most_read_{each}"), urls.ranking(each)) for each in RANKINGS],
            entries=entries,
        )
