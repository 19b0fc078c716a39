"""A newsroom beside a naive model of it: every article by its tags, its language and its authors, and what selections
are of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st
from ledger import publish

from feedsvc.newsroom import Newsroom
from feedsvc.selection import Selection, select_tags

TAGS, LANGUAGES, AUTHORS = ("a", "b", "c"), ("en", "en-GB", "az"), ("X", "Y")
_NEWEST = datetime(2024, 5, 12, 12, tzinfo=UTC)


class Wanted(NamedTuple):
    """What a selection is of, as a reader says it: any of `terms`, of a language, of an author."""

    terms: tuple[str, ...] = ()
    language: str = ""
    author: str = ""

    @property
    def selection(self) -> Selection:
        """The same as the program has it."""
        if self.terms:
            return select_tags([term.split("+") for term in self.terms], self.language.lower())
        return Selection(language=self.language.lower(), author=self.author.lower())


SELECTIONS = [
    Wanted(),
    *(Wanted(tuple(text.split(","))) for text in ("a", "a+b", "b+c", "a,b", "!c", "a+!b", "a+b,c", "a+b,!c", "a,b+!c")),
    *(Wanted(language=language) for language in LANGUAGES),
    *(Wanted(tuple(text.split(",")), "en") for text in ("a", "a+b", "!a", "a,b", "a+b,!c")),
    Wanted(("b",), "en-GB"),
    Wanted(("a+!b",), "az"),
    *(Wanted(author=author) for author in AUTHORS),
]


@dataclass(frozen=True)
class Piece:
    """An article of the model; `published` says when, `standing` whether it is out now."""

    guid: str
    number: int
    tags: frozenset[str]
    language: str
    authors: frozenset[str]
    published: datetime
    standing: bool = True
    title: str = "A headline"

    def meets(self, wanted: Wanted) -> bool:
        """The naive evaluator: whether it is one of a selection."""
        if not self.standing:
            return False
        if wanted.author and wanted.author not in self.authors:
            return False
        spoken, asked = self.language.lower(), wanted.language.lower()
        if asked and spoken != asked and not spoken.startswith(f"{asked}-"):
            return False
        return not wanted.terms or any(self._meets(term.split("+")) for term in wanted.terms)

    def _meets(self, term: Sequence[str]) -> bool:
        return all((tag[1:] not in self.tags) if tag.startswith("!") else (tag in self.tags) for tag in term)


class Step(NamedTuple):
    """Something that an editor does: `deed`, to which article of those that it can be done to, and what it says."""

    deed: str
    which: int
    tags: frozenset[str]
    language: str
    authors: frozenset[str]
    hours: int


steps = st.builds(
    Step,
    st.sampled_from(
        ["publish", "publish", "publish", "retag", "retag", "revise", "again", "retract", "restore", "bury"]
    ),
    st.integers(0, 99),
    st.frozensets(st.sampled_from(TAGS)),
    st.sampled_from(LANGUAGES),
    st.frozensets(st.sampled_from(AUTHORS), max_size=2),
    st.integers(0, 12),
)


@dataclass
class Newsstand:
    """A newsroom and its model, kept alike."""

    newsroom: Newsroom
    pieces: list[Piece] = field(default_factory=list)

    def open(self) -> None:
        """File every tag, language and author once."""
        for number, language in enumerate(LANGUAGES):
            self.do(Step("publish", 0, frozenset(TAGS[number:]), language, frozenset(AUTHORS), 13))

    def do(self, step: Step) -> tuple[Piece, Piece] | None:
        """Do it, in the newsroom and in the model: the article before and after; None where nothing came of it."""
        if step.deed in ("publish", "bury"):
            piece = self._new(step)
            gone = {"_feedsvc": {"status": "retracted"}} if step.deed == "bury" else {}
            assert publish(self.newsroom, **_fields(piece), **gone).verdict == "imported"
            piece = replace(piece, standing=step.deed == "publish")
            self.pieces.append(piece)
            return replace(piece, standing=False), piece
        able = [n for n, piece in enumerate(self.pieces) if piece.standing == (step.deed != "restore")]
        if not able:
            return None
        place = able[step.which % len(able)]
        before = self.pieces[place]
        after = getattr(self, f"_{step.deed}")(before, step)
        self.pieces[place] = after
        return None if before == after else (before, after)

    def of(self, wanted: Wanted) -> list[Piece]:
        """The articles of a selection, newest first."""
        found = [piece for piece in self.pieces if piece.meets(wanted)]
        return sorted(found, key=lambda piece: (piece.published, piece.number), reverse=True)

    def _new(self, step: Step) -> Piece:
        number = len(self.pieces) + 1
        published = _NEWEST - timedelta(hours=step.hours)
        return Piece(str(number), number, step.tags, step.language, step.authors, published)

    def _retag(self, before: Piece, step: Step) -> Piece:
        return self._revised(before, replace(before, tags=step.tags, language=step.language, authors=step.authors))

    def _revise(self, before: Piece, step: Step) -> Piece:
        return self._revised(before, replace(before, title=f"{before.title} {step.hours}"))

    def _again(self, before: Piece, step: Step) -> Piece:
        return self._revised(before, before)

    def _revised(self, before: Piece, after: Piece) -> Piece:
        verdict = publish(self.newsroom, **_fields(after)).verdict
        assert verdict == ("unchanged" if before == after else "updated")
        return after

    def _retract(self, before: Piece, step: Step) -> Piece:
        self.newsroom.retract(before.guid)
        return replace(before, standing=False)

    def _restore(self, before: Piece, step: Step) -> Piece:
        self.newsroom.restore(before.guid)
        return replace(before, standing=True)


def _fields(piece: Piece) -> dict[str, object]:
    return {
        "id": piece.guid,
        "title": piece.title,
        "tags": sorted(tag.upper() for tag in piece.tags),
        "language": piece.language,
        "authors": [{"name": name} for name in sorted(piece.authors)],
        "date_published": piece.published.isoformat(),
    }
