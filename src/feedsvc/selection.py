"""Which articles a feed or page shows, and how an address spells that: one canonical name for equal selections."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TypeAlias
from urllib.parse import quote

from feedsvc.errors import NotFound
from feedsvc.languages import canonical_language, ranges
from feedsvc.slugs import slugify

NEWS_LINE = "news-line"
RANKINGS = {"day": "most-read", "week": "most-read-week"}
"""The windows in which readings are counted, and what the most read articles of each are called in an address."""

IN_PATHS = "/+,!"
"""What stands in the path of an address as it is: it is encoded once, and in one way."""

MOST_TAGS = 8
"""How many different tags one selection may name. Each costs the database a look at every article it considers."""

_MOST_TERMS, _MOST_CHARACTERS = 32, 1_000
_ARCHIVE = re.compile(r"(.+)/archive-([1-9][0-9]{0,8})", re.DOTALL)
# Not a tag or an author of that name, which stands in such a folder itself.
_FOLDER = re.compile(r"((?!(tags|authors)/)[^/]+/)?(tags|authors)", re.IGNORECASE)

Term: TypeAlias = frozenset[str]
"""Tags that an article has all together; one that it is to be without has a `!` before it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The News Line, if nothing else is said; else the articles of one language, of an author or of tags, or the most
    read of a `day` or `week`.

    `tag` is the slug of one tag or a canonical expression of several: `a+b` both, `a,b` any, `!c` without.
    """

    tag: str | None = None
    language: str = ""
    author: str = ""
    ranking: str = ""

    @property
    def name(self) -> str:
        """The selection as an address spells it, decoded: `news-line`, `tags/<expression>`, `authors/<slug>`,
        `most-read`; those of one language behind it: `az/tags/<expression>`."""
        if self.ranking:
            return RANKINGS[self.ranking]
        name = f"authors/{self.author}" if self.author else NEWS_LINE if self.tag is None else f"tags/{self.tag}"
        return f"{self.language}/{name}" if self.language else name

    @property
    def path(self) -> str:
        """`name` percent-encoded, once and canonically; what joins tags may stand in a path (RFC 3986 section 3.3)."""
        return quote(self.name, safe=IN_PATHS)

    @property
    def terms(self) -> tuple[tuple[str, ...], ...]:
        """The tags: any of these, each of which is all of its slugs, or without those that have a `!`."""
        return tuple(tuple(term.split("+")) for term in self.tag.split(",")) if self.tag is not None else ()

    @property
    def is_combined(self) -> bool:
        """Whether it takes more than one channel to tell which articles are in it."""
        return self.tag is not None and (bool(self.language) or not {"+", ",", "!"}.isdisjoint(self.tag))

    @property
    def is_whole(self) -> bool:
        """Whether it is everything that was published."""
        return self == Selection()


def select_tags(terms: Iterable[Iterable[str]], language: str = "") -> Selection:
    """The selection of articles that have all tags of any of `terms`; equal ones are equal, however they are written.

    That is Blake's canonical form: all prime implicants, sorted. Raises `NotFound` for one that no article can meet,
    that names too many tags, or takes too many terms to write.
    """
    written = {frozenset(term) for term in terms}
    tags = sorted({tag.removeprefix("!") for term in written for tag in term})
    if len(tags) > MOST_TAGS:
        raise NotFound(f"A selection names at most {MOST_TAGS} tags.")
    primes = _primes(_table(written, tags), tags)
    if not primes:
        raise NotFound("No article can be with a tag and without it.")
    if frozenset() in primes:
        return Selection(language=language)
    if len(primes) > _MOST_TERMS:
        raise NotFound("The selection is too complicated.")
    ordered = sorted(sorted(term, key=_order) for term in primes)
    ordered.sort(key=lambda term: [_order(tag) for tag in term])
    return Selection(",".join("+".join(term) for term in ordered), language)


def read_selection(name: str) -> Selection:
    """The selection that a name means, in whatever spelling. Raises `NotFound` for what names none."""
    folder, _, rest = name.partition("/")
    head = folder.lower()
    if rest and head not in ("tags", "authors"):
        # One level is all there is, however many slashes somebody sends.
        if rest.lower() != NEWS_LINE and rest.partition("/")[0].lower() != "tags":
            raise NotFound("There is no such selection.")
        return Selection(read_selection(rest).tag, read_language(folder))
    if head == "tags" and rest:
        return _read_tags(rest)
    if head == "authors" and (slug := slugify(rest)):
        return Selection(author=slug)
    if name.lower() == NEWS_LINE:
        return Selection()
    for window, called in RANKINGS.items():
        if name.lower() == called:
            return Selection(ranking=window)
    raise NotFound("There is no such selection.")


def read_archive(name: str) -> tuple[Selection, int | None]:
    """The selection, and the part of its archive, that a feed's name means; None where it means the subscription
    document. Raises `NotFound`."""
    if (match := _ARCHIVE.fullmatch(name)) and not _FOLDER.fullmatch(match[1]):
        return read_selection(match[1]), int(match[2])
    return read_selection(name), None


def read_language(text: str) -> str:
    """A language as addresses spell it. Raises `NotFound` for what is none."""
    try:
        return canonical_language(text).lower()
    except ValueError as error:
        raise NotFound("There is no such selection.") from error


def author_slug(name: str) -> str:
    """The slug of an author's channel; empty for a name that no address could carry."""
    slug = slugify(name)
    return slug and f"@{slug}"


def language_slugs(language: str) -> list[str]:
    """The slugs of the channels of a language (BCP 47): those of the ranges that it lies in, its own last."""
    return [f":{each}" for each in reversed(ranges(language))]


def _read_tags(text: str) -> Selection:
    terms = [[_literal(tag.strip()) for tag in term.split("+")] for term in text[:_MOST_CHARACTERS].split(",")]
    if len(text) > _MOST_CHARACTERS or any(tag in ("", "!") for term in terms for tag in term):
        # No expression, but what a label such as “C++” looks like.
        if slug := slugify(text):
            return Selection(slug)
        raise NotFound("There is no such selection.")
    if len(terms) > _MOST_TERMS:
        raise NotFound(f"A selection has at most {_MOST_TERMS} terms.")
    return select_tags(terms)


def _literal(tag: str) -> str:
    return f"!{slugify(tag[1:])}" if tag.startswith("!") else slugify(tag)


def _order(tag: str) -> tuple[bool, str]:
    return tag.startswith("!"), tag


def _primes(table: int, tags: Sequence[str]) -> set[Term]:
    """The prime implicants of a truth table over `tags`, in which bit n stands for the articles that have those tags
    whose bits are set in n. Not by consensus, which takes a second for what one may write: this looks at each term that
    there can be once at most."""
    articles = 1 << len(tags)
    if table == (1 << articles) - 1:
        return {frozenset()}
    if not table:
        return set()
    half, tag = articles // 2, tags[-1]
    there, lacking = table >> half, table & ((1 << half) - 1)
    either = _primes(there & lacking, tags[:-1])
    found = {term | {tag} for term in _primes(there, tags[:-1]) - either}
    return either | found | {term | {f"!{tag}"} for term in _primes(lacking, tags[:-1]) - either}


def _table(terms: set[Term], tags: Sequence[str]) -> int:
    articles = range(1 << len(tags))
    everything = (1 << len(articles)) - 1
    met = {tag: sum(1 << article for article in articles if article >> n & 1) for n, tag in enumerate(tags)}
    met |= {f"!{tag}": everything ^ having for tag, having in met.items()}
    return reduce(or_, (reduce(and_, (met[tag] for tag in term), everything) for term in terms), 0)
