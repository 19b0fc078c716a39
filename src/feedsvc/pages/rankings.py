"""The pages of what is read most."""

import html
from collections.abc import Sequence

from feedsvc.config import Config
from feedsvc.feed import Entry
from feedsvc.pages.layout import Layout, Offer
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
        """What a ranking is called among others of the site."""
        words = (self._phrases.phrase(self._config.language, name) for name in ("most_read", f"most_read_{window}"))
        return html.unescape(" ".join(words))

    def name(self, window: str) -> str:
        """What its feed is called."""
        return f"{self.title(window)} — {self._config.title}"

    def ranking(self, window: str, entries: Sequence[Entry]) -> str:
        """The page of a window: the articles in their order."""
        language, urls = self._config.language, self._urls
        return self._layout.render(
            "ranking.html",
            language,
            [Offer(Selection(ranking=window), self.name(window))],
            subscribe=urls.subscribe(Selection()),
            title=self.title(window),
            description=self._config.description,
            canonical=urls.ranking(window),
            windows=[(self._phrases.phrase(language, f"most_read_{each}"), urls.ranking(each)) for each in RANKINGS],
            entries=entries,
        )
