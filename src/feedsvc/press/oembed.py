"""What oEmbed is told of our pages."""

from collections.abc import Callable

from sqlalchemy import Connection

from feedsvc import freshness, oembed
from feedsvc.catalogue import Withdrawn
from feedsvc.errors import NotFound
from feedsvc.freshness import Freshness
from feedsvc.journal import SITE_KEY, article_key
from feedsvc.oembed import Bounds, Form, Word
from feedsvc.press.printing import Printing, listing
from feedsvc.representation import Document, Representation
from feedsvc.selection import Selection

_Found = tuple[Word, frozenset[str], Freshness]


class OEmbedPress:
    """Every answer to oEmbed, by the page it is about; safe to use from many threads."""

    def __init__(self, printing: Printing) -> None:
        self._printing = printing

    def article(self, slug: str, form: str, bounds: Bounds, encoding: str) -> Representation:
        """What is said of an article. Raises `NotFound`, and `Moved` to what is said of its new address."""
        printing = self._printing

        def find(connection: Connection) -> _Found:
            found = printing.catalogue.article(
                connection, slug, lambda now: self._address(printing.urls.article(now), form, bounds)
            )
            if isinstance(found, Withdrawn):
                raise NotFound("The article has been withdrawn.")
            keys = frozenset({SITE_KEY, article_key(found.number)})
            word = oembed.of_article(found, printing.config, bounds)
            return word, keys, freshness.of_article(connection, found.number, None)

        return self._answer(printing.urls.article(slug), form, bounds, find, encoding)

    def selection(self, selection: Selection, form: str, bounds: Bounds, encoding: str) -> Representation:
        """What is said of the page of a selection. Raises `NotFound` for an unknown tag."""
        printing = self._printing

        def find(connection: Connection) -> _Found:
            channel = printing.channel(
                connection, selection, lambda now: self._address(printing.urls.page(now), form, bounds)
            )
            word = oembed.of_selection(selection, channel.title, printing.config, bounds)
            return word, listing(channel), freshness.of_formula(connection, channel.formula, channel.part)

        return self._answer(printing.urls.page(selection), form, bounds, find, encoding)

    def _answer(
        self, page: str, name: str, bounds: Bounds, find: Callable[[Connection], _Found], encoding: str
    ) -> Representation:
        printing = self._printing
        form: Form = oembed.FORMS[name]

        def make() -> Document:
            with printing.snapshot() as connection:
                word, keys, fresh = find(connection)
            headers = printing.headers.shared(keys)
            # There are as many bounds as anybody likes to ask for, and an answer is quickly made.
            lifetime = 0.0 if bounds.asked else None
            body = form.write(word)
            return Document(body, form.content_type, keys, fresh, headers, lifetime=lifetime, route="oembed")

        return printing.representation(self._address(page, name, bounds), encoding, make)

    def _address(self, page: str, form: str, bounds: Bounds) -> str:
        return self._printing.urls.oembed(page, form, *bounds.asked)
