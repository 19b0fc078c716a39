"""Which selections there are, each found by any name it ever had, with what its feed and its pages are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from feedsvc.config import Config
from feedsvc.errors import Gone, NotFound
from feedsvc.feed import Tag
from feedsvc.languages import canonical_language, name_of, ranges
from feedsvc.selection import Selection, select_tags
from feedsvc.slugs import slugify
from feedsvc.store import readings
from feedsvc.store.formulas import Formula, Term
from feedsvc.store.schema import ChannelRow
from feedsvc.urls import Urls


@dataclass(frozen=True, slots=True)
class Channel:
    """A selection that exists, by its present name: which articles are in it, its one tag if that is all, the language
    (BCP 47) and heading of its page, the title and description of its feed, and the part of its archive that is open.

    `articles` is how many there are, None where nobody counts.
    """

    selection: Selection
    formula: Formula
    tag: Tag | None
    articles: int | None
    language: str
    heading: str
    title: str
    description: str
    part: int


class Directory:
    """Readings of the channels; every method takes the connection whose snapshot it is to read."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._urls = Urls(config.base_url)
        # The same few tags stand in many entries.
        self._tag = lru_cache(maxsize=4096)(self._make_tag)

    def channel(self, connection: Connection, selection: Selection) -> Channel:
        """The channel of a selection, also by names that its tags once had. Raises `NotFound` for a tag, an author or
        a language that no article ever had, and `Gone` for a tag that was retired."""
        slug = _line_slug(selection, self._config)
        line = _find(connection, slug, _lines_name(slug))
        if selection.tag is not None:
            return self._of_tags(connection, selection, line)
        name = line.label if selection.author else ""
        return self._channel(selection, Formula((Term((line.id,)),), line.id), line, name)

    def canonical(self, connection: Connection, tag: str) -> Selection:
        """The selection that another spelling of a tag means. Raises `NotFound` when it means none."""
        return self.channel(connection, Selection(slugify(tag) or tag)).selection

    def languages(self, connection: Connection) -> list[str]:
        """The languages (BCP 47) that there are published articles in, none if it is only one. Where all articles of a
        language are British English, it is English."""
        counts = {slug[1:]: articles for slug, articles in connection.execute(readings.LANGUAGES).all()}
        found = [each for each in counts if all(counts.get(wide) != counts[each] for wide in ranges(each)[1:])]
        return [canonical_language(each) for each in found] if len(found) > 1 else []

    def tags(self, connection: Connection) -> list[tuple[Tag, int]]:
        """Every tag that has a published article, with how many, by label."""
        rows = connection.execute(select(ChannelRow).where(*readings.USED)).all()
        tags = [(self._tag(row.label, row.slug), row.articles) for row in rows]
        return sorted(tags, key=lambda pair: pair[0].slug)

    def most_used_tags(self, connection: Connection, limit: int) -> list[Tag]:
        """The tags that have the most published articles, at most `limit`, those with the most first."""
        return [self._tag(*row) for row in connection.execute(readings.MOST_USED, {"limit": limit})]

    def tags_in(self, connection: Connection, language: str, limit: int) -> list[Tag]:
        """Those of the most used tags that have articles in a language (as addresses spell it), at most `limit`, with
        their labels in that language."""
        found = connection.execute(readings.MOST_USED_IN, {"language": f":{language}", "limit": limit}).all()
        labels = _labels(connection, Selection(language=language), {row.slug: row for row in found})
        return [self._tag(labels[row.slug], row.slug) for row in found]

    def titles(self, connection: Connection) -> dict[str, str]:
        """What the feeds of tags are called, by slug, where somebody has given them a title."""
        return {row.slug: row.title for row in connection.execute(readings.TITLES)}

    def authors(self, connection: Connection, limit: int) -> list[tuple[str, str]]:
        """The authors that have the most published articles, at most `limit`: their names, and those in addresses."""
        found = connection.execute(readings.AUTHORS, {"limit": limit})
        return [(label, slug[1:]) for label, slug in found]

    def _of_tags(self, connection: Connection, selection: Selection, line: Any) -> Channel:
        found = {slug: _find_tag(connection, slug) for slug in _slugs(selection)}
        # A tag that is named otherwise by now, or by two names, may make it another selection.
        present = select_tags((_renamed(term, found) for term in selection.terms), selection.language)
        if present.tag is None:
            return self.channel(connection, present)
        rows = {row.slug: row for row in found.values()}
        formula = _formula(present, rows, line)
        labels = _labels(connection, present, rows)
        alone = rows.get(present.tag)
        channel = self._channel(present, formula, line, _name(present, labels))
        if alone is None:
            pivot = next((row for row in rows.values() if row.id == formula.pivot), line)
            return replace(channel, part=pivot.part)
        tag = Tag(labels[alone.slug], alone.slug, self._urls.page(present))
        if present.language:
            return replace(channel, tag=tag, part=alone.part)
        return replace(
            channel,
            tag=tag,
            part=alone.part,
            articles=alone.articles if formula.channel is not None else None,
            title=alone.title or channel.title,
            description=alone.description or channel.description,
        )

    def _channel(self, selection: Selection, formula: Formula, line: Any, name: str) -> Channel:
        articles = line.articles if formula.channel == line.id else None
        config = self._config
        language = canonical_language(selection.language) if selection.language else config.language
        whole = name_of(language) if selection.language else config.title
        title = channel_title(config, name, selection.language)
        return Channel(
            selection, formula, None, articles, language, name or whole, title, config.description, line.part
        )

    def _make_tag(self, label: str, slug: str) -> Tag:
        return Tag(label, slug, self._urls.page(Selection(slug)))


def channel_title(config: Config, name: str, language: str = "") -> str:
    """What the feed of a tag or author is called, or that of the News Line; with the language, if it is of one."""
    title = f"{name} — {config.title}" if name else config.title
    return f"{title} · {name_of(canonical_language(language))}" if language else title


def _line_slug(selection: Selection, config: Config) -> str:
    """The channel in which all articles of a selection stand, whatever its tags."""
    if selection.ranking:
        return f"*{selection.ranking}"
    if selection.author:
        return f"@{selection.author}"
    language = selection.language or ("" if config.all_languages else config.language.lower())
    return f":{language}" if language else ""


def _lines_name(slug: str) -> str:
    kind, name = slug[:1], slug[1:]
    return f"There is no author “{name}”." if kind == "@" else f"There is no article in the language “{name}”."


def _find(connection: Connection, slug: str, otherwise: str) -> Any:
    require_storable(slug)
    # The News Line's slug is the empty one, which no tag can have.
    row = connection.execute(readings.CHANNEL, {"slug": slug}).one_or_none()
    if row is None:
        raise NotFound(otherwise)
    return row


def _find_tag(connection: Connection, slug: str) -> Any:
    require_storable(slug)
    row = connection.execute(readings.CHANNEL, {"slug": slug}).one_or_none()
    if row is None:
        row = connection.execute(readings.CHANNEL_ONCE, {"slug": slug}).one_or_none()
    if row is None or not slug:
        raise NotFound(f"There is no tag “{slug}”.")
    if row.retired_at is not None:
        raise Gone(f"The tag “{slug}” was retired.")
    return row


def require_storable(slug: str) -> None:
    """Raise `NotFound` for a NUL, which PostgreSQL refuses in a text, wherever it stands; SQLite would find nothing."""
    if "\0" in slug:
        raise NotFound("There is nothing at this address.")


def _slugs(selection: Selection) -> list[str]:
    return list(dict.fromkeys(tag.removeprefix("!") for term in selection.terms for tag in term))


def _renamed(term: Iterable[str], found: Mapping[str, Any]) -> list[str]:
    return [f"!{found[tag[1:]].slug}" if tag.startswith("!") else found[tag].slug for tag in term]


def _formula(selection: Selection, rows: Mapping[str, Any], line: Any) -> Formula:
    terms, named = [], []
    for tags in selection.terms:
        within = [rows[tag] for tag in tags if not tag.startswith("!")]
        without = tuple(rows[tag[1:]].id for tag in tags if tag.startswith("!"))
        named.append({row.id for row in within})
        if line.slug or not within:
            within.append(line)
        # Whatever stands in the News Line need not be looked for there.
        rarest = sorted(within, key=lambda row: (row.articles, row.id))
        terms.append(Term(tuple(row.id for row in rarest), without))
    # Of the tags that all of them have, what was used last is rarer, as a rule, and the rule has to be one that time
    # does not change.
    return Formula(tuple(terms), max(set.intersection(*named), default=line.id))


def _labels(connection: Connection, selection: Selection, rows: Mapping[str, Any]) -> dict[str, str]:
    labels = {row.slug: row.label for row in rows.values()}
    if selection.language:
        by_number = {row.id: row.slug for row in rows.values()}
        asked = {"numbers": list(by_number), "languages": ranges(selection.language)}
        found = connection.execute(readings.LABELS, asked).all()
        # The narrowest language comes last, and wins.
        for number, _, label in sorted(found, key=lambda row: len(row.language)):
            labels[by_number[number]] = label
    return labels


def _name(selection: Selection, labels: Mapping[str, str]) -> str:
    """A selection of tags as people read it: `A + B, C − D`."""

    def spelled(tag: str) -> str:
        return labels[tag.removeprefix("!")].lstrip("#")

    def term(tags: tuple[str, ...]) -> str:
        within = " + ".join(spelled(tag) for tag in tags if not tag.startswith("!"))
        return (within + "".join(f" − {spelled(tag)}" for tag in tags if tag.startswith("!"))).strip()

    return ", ".join(map(term, selection.terms))
