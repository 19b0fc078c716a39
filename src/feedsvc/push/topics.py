"""Topics: which addresses are feeds of ours, and which of them a change touches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

from sqlalchemy import Connection, select

from feedsvc.catalogue import Catalogue
from feedsvc.errors import Gone, NotFound
from feedsvc.formats import FORMATS, Format
from feedsvc.journal import SITE, Change
from feedsvc.selection import Selection, read_archive
from feedsvc.store.formulas import Formula
from feedsvc.store.schema import ChannelRow
from feedsvc.urls import Urls

MOST_SUBSCRIBED = 5_000
"""How many different topics may be subscribed to: each is looked at when something has changed."""

# All of those, and others that are asked for, so that one who asks for many does not have the rest forgotten.
_MOST_REMEMBERED = 2 * MOST_SUBSCRIBED


class Topics:
    """The feeds of one site, as subscribers name them: by canonical address."""

    def __init__(self, catalogue: Catalogue, urls: Urls) -> None:
        self._catalogue = catalogue
        self._urls = urls
        self._remembered = lru_cache(_MOST_REMEMBERED)(self._parse)

    def parse(self, address: str) -> tuple[Selection, Format] | None:
        """Which feed an address is; None if it is none of ours, or not as we spell it."""
        return self._remembered(address)

    def require(self, address: str) -> tuple[Selection, Format]:
        """Which feed an address is. Raises `NotFound`."""
        parsed = self.parse(address)
        if parsed is None:
            raise NotFound("There is no such feed.")
        return parsed

    def current(self, connection: Connection, selection: Selection) -> Selection:
        """The selection under which a feed is found now. Raises `NotFound` and `Gone`."""
        return self._catalogue.channel(connection, selection).selection

    def address(self, selection: Selection, form: Format) -> str:
        """The topic of a selection in a format."""
        return self._urls.feed(selection, form.name)

    def proper(self, address: str) -> str | None:
        """The address of the feed that another spelling means; None if it means none."""
        meant = self._meant(address)
        return self.address(*meant) if meant else None

    def touched(self, connection: Connection, topics: Iterable[str], changes: Sequence[Change]) -> dict[str, Change]:
        """Those of `topics` that `changes` touch, each with the first that does."""
        first: dict[Selection, Change | None] = {}
        found = {}
        for topic in topics:
            parsed = self.parse(topic)
            if parsed is None:
                continue  # the site had another address when it was subscribed to
            selection = parsed[0]
            if selection not in first:
                first[selection] = _first(self._formula(connection, selection), changes)
            if touching := first[selection]:
                found[topic] = touching
        return found

    def addresses(self, connection: Connection, changes: Sequence[Change]) -> list[str]:
        """The address of every feed that `changes` touch; of combinations, those of a language and a tag."""
        living = ChannelRow.retired_at.is_(None), ChannelRow.merged_into.is_(None)
        known = select(ChannelRow.id, ChannelRow.kind, ChannelRow.slug).where(*living)
        if not any(change.kind == SITE for change in changes):
            known = known.where(ChannelRow.id.in_({number for change in changes for number in change.channels}))
        rows = connection.execute(known.order_by(ChannelRow.id)).all()
        alone = {row.id: _selection(row.kind, row.slug) for row in rows}
        combined = (each for change in changes for each in _combined(alone, change))
        selections = dict.fromkeys([*alone.values(), *combined])
        return [self._urls.feed(selection, name) for selection in selections for name in FORMATS]

    def _parse(self, address: str) -> tuple[Selection, Format] | None:
        meant = self._meant(address)
        return meant if meant and self.address(*meant) == address else None

    def _meant(self, address: str) -> tuple[Selection, Format] | None:
        path = self._urls.within(address)
        if path is None or not path.lower().startswith("/feeds/"):
            return None
        stem, _, extension = path[len("/feeds/") :].rpartition(".")
        form = FORMATS.get(extension.lower())
        try:
            selection, part = read_archive(stem)
        except NotFound:
            return None
        # What never changes has no subscribers.
        return (selection, form) if form and part is None else None

    def _formula(self, connection: Connection, selection: Selection) -> Formula | None:
        try:
            return self._catalogue.channel(connection, selection).formula
        except (NotFound, Gone):
            return None


def _first(formula: Formula | None, changes: Sequence[Change]) -> Change | None:
    # Of what is no more, its subscribers are to be told that.
    return next((each for each in changes if formula is None or each.kind == SITE or each.concerns(formula)), None)


def _combined(alone: Mapping[int, Selection], change: Change) -> Iterator[Selection]:
    touched = [alone[number] for number in change.channels if number in alone]
    languages = [each.language for each in touched if each.language]
    tags = [each.tag for each in touched if each.tag is not None]
    for language, tag in product(languages, tags):
        yield Selection(tag, language)


def _selection(kind: str, slug: str) -> Selection:
    """What a channel is the feed of."""
    name = slug[1:]
    others = {
        "author": Selection(author=name),
        "language": Selection(language=name),
        "ranking": Selection(ranking=name),
    }
    return others.get(kind) or Selection(slug or None)
