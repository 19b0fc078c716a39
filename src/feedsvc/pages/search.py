"""The page on which articles are searched for, and what was found."""

import html
from collections.abc import Sequence
from dataclasses import replace

from feedsvc.config import Config
from feedsvc.feed import Entry
from feedsvc.formats import FORMATS
from feedsvc.pages.layout import FeedLink, Layout
from feedsvc.pages.templates import Templates
from feedsvc.search.question import LONGEST
from feedsvc.urls import Urls


class SearchPages:
    """Renders what was found; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        self._phrases = templates.phrases
        self._layout = Layout(config, templates)

    def title(self, text: str) -> str:
        """What the feed of a question is called."""
        name = html.unescape(self._phrases.phrase(self._config.language, "search"))
        return f"{name}: {text} — {self._config.title}"

    def search(self, text: str, total: int, entries: Sequence[Entry], *, more: bool) -> str:
        """The page of a question: the form, and if anything was asked, how many there are (`more` than that, if it
        was not counted to the end) and the first of them."""
        language = self._config.language
        title = html.unescape(self._phrases.phrase(language, "search"))
        links = [
            FeedLink(f"{self.title(text)} ({form.title})", form.media_type, self._urls.search_feed(text, form.name))
            for form in (FORMATS.values() if text else ())
        ]
        return self._layout.render(
            "search.html",
            language,
            [self._layout.news_line],
            **({"alternates": links} if text else {}),
            title=f"{text} – {title}" if text else title,
            canonical=self._urls.search(text),
            text=text,
            longest=LONGEST,
            total=total,
            more=more,
            entries=entries,
            found=[replace(link, title=form.title) for form, link in zip(FORMATS.values(), links, strict=False)],
        )
