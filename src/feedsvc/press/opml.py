"""The list of all feeds, for feed readers to take in at once."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from feedsvc import freshness
from feedsvc.directory import channel_title
from feedsvc.discovery import opml
from feedsvc.discovery.opml import Outline, Section
from feedsvc.journal import SITE_KEY, channel_key
from feedsvc.press.printing import Printing
from feedsvc.representation import Document, Representation
from feedsvc.selection import RANKINGS, Selection
from feedsvc.store.schema import NEWS_LINE

# Nobody reads more than these one by one; who wants a rarer one has its page.
_MOST = 100
# Every reader reads it, and one outline for each feed is what makes no doubles.
_FORMAT = "rss"
_KEYS = frozenset({SITE_KEY, channel_key(NEWS_LINE)})


class OpmlPress:
    """The list of the feeds; safe to use from many threads."""

    def __init__(self, printing: Printing, phrase: Callable[[str], str], ranking: Callable[[str], str]) -> None:
        """`phrase` gives the text of a phrase of the pages, in the language of the site, and `ranking` what the feed
        of a window is called."""
        self._printing = printing
        self._phrase = phrase
        self._ranking = ranking

    def document(self, encoding: str) -> Representation:
        """All feeds, in sections."""
        return self._print("", self._sections, encoding)

    def of_language(self, language: str, encoding: str) -> Representation:
        """The feeds of one language, as addresses spell it. Raises `NotFound` for one that has no article."""

        def sections(connection: Connection) -> Iterator[Section]:
            directory, line = self._printing.catalogue, Selection(language=language)
            directory.channel(connection, line)
            yield Section("", (self._outline(line),))
            tags = sorted(directory.tags_in(connection, language, _MOST), key=lambda tag: tag.slug)
            yield Section(
                self._phrase("subjects"), tuple(self._outline(Selection(tag.slug, language), tag.label) for tag in tags)
            )

        return self._print(language, sections, encoding)

    def _print(
        self, language: str, sections: Callable[[Connection], Iterator[Section]], encoding: str
    ) -> Representation:
        printing = self._printing
        config, urls = printing.config, printing.urls

        def make() -> Document:
            with printing.snapshot() as connection:
                found = list(sections(connection))
                fresh = freshness.of_channel(connection, NEWS_LINE)
            title = channel_title(config, "", language)
            body = opml.write_opml(title, config.author, urls.home(), found)
            return Document(body, opml.CONTENT_TYPE, _KEYS, fresh, printing.headers.shared(_KEYS), route="opml")

        return printing.representation(urls.opml(language), encoding, make)

    def _sections(self, connection: Connection) -> Iterator[Section]:
        # Each in an order that does not change with every article.
        directory = self._printing.catalogue
        yield Section("", (self._outline(Selection()),))
        languages = sorted(tag.lower() for tag in directory.languages(connection))[:_MOST]
        yield Section(self._phrase("languages"), tuple(self._outline(Selection(language=tag)) for tag in languages))
        yield Section(self._phrase("most_read"), tuple(map(self._of_ranking, RANKINGS)))
        tags = sorted(directory.most_used_tags(connection, _MOST), key=lambda tag: tag.slug)
        titles = directory.titles(connection)
        yield Section(
            self._phrase("subjects"),
            tuple(self._outline(Selection(tag.slug), tag.label, titles.get(tag.slug, "")) for tag in tags),
        )
        authors = sorted(directory.authors(connection, _MOST))
        yield Section(self._phrase("authors"), tuple(self._outline(Selection(author=s), name) for name, s in authors))

    def _outline(self, selection: Selection, name: str = "", title: str = "") -> Outline:
        config, urls = self._printing.config, self._printing.urls
        title = title or channel_title(config, name.lstrip("#"), selection.language)
        return Outline(title, urls.feed(selection, _FORMAT), urls.page(selection))

    def _of_ranking(self, window: str) -> Outline:
        urls = self._printing.urls
        return Outline(self._ranking(window), urls.feed(Selection(ranking=window), _FORMAT), urls.ranking(window))
