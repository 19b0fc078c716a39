"""What is asked of search: read from what a person has typed, bounded, and spelled in one way."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from feedsvc.search.stems import stem
from feedsvc.search.words import LONGEST_WORD, fold, is_unspaced, letters, pairs, pieces, whole
from feedsvc.text import one_line

LONGEST = 200
"""How many characters of a question count."""

MOST_TERMS = 12
"""How many words and phrases of it do."""

_QUOTES = str.maketrans("“”„‟«»″", '"' * 7)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that have to follow each other; of the last one only the beginning, if it is `open`."""

    words: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as its address has it, and the terms that an article must have, all of them. Without a term
    there is nothing to find."""

    text: str
    terms: tuple[Term, ...]


def canonical(text: str) -> str:
    """The one spelling of what was typed: NFC, trimmed, single spaces, no control characters, not too long."""
    text = unicodedata.normalize("NFC", one_line(text))
    if len(text) <= LONGEST:
        return text
    # At a word, if that leaves most of it.
    head, _, _ = text[: LONGEST + 1].rpartition(" ")
    return head if len(head) > LONGEST // 2 else text[:LONGEST].rstrip()


def ask(text: str, language: str) -> Question:
    """The question in a canonical text, on a site of a `language` (BCP 47).

    A word finds its inflections; what stands in quotation marks is found as it stands.
    """
    terms: list[Term] = []
    for number, part in enumerate(text.translate(_QUOTES).split('"')):
        # Between two marks, also if the second is missing.
        quoted = number % 2 == 1
        found = [_phrase(part)] if quoted else [_word(word, language) for word in part.split()]
        terms += [term for term in found if term.words and term not in terms]
    return Question(text, tuple(terms[:MOST_TERMS]))


def _phrase(text: str) -> Term:
    found = pieces(text)
    return Term(_in_a_row(found) if found else (), open=False)


def _in_a_row(found: Sequence[str]) -> tuple[str, ...]:
    """The words of pieces that follow each other; in a script without spaces, the last of them may go on."""
    last = found[-1]
    end = (pairs(last) or letters(last)) if is_unspaced(last) else whole(last)
    return (*(word for piece in found[:-1] for word in whole(piece)), *end)


def _word(text: str, language: str) -> Term:
    found = pieces(text)
    if not found:
        return Term((), open=False)
    last, words = found[-1], _in_a_row(found)
    if is_unspaced(last):
        # A single letter begins a pair, or is the last of what stands together.
        return Term(words, open=not pairs(last))
    # Of numbers and of the shortest words, the beginning says nothing.
    if last.isdigit() or len(last) < 3:
        return Term(words, open=False)
    begins = stem(text, language) if last == fold(text) else stem(last, language)
    return Term((*words[:-1], begins[:LONGEST_WORD]), open=True)
