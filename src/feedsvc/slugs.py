"""Slugs: the part of an address that a person can read, the same for every spelling of the same words."""

import unicodedata
from functools import lru_cache

_NAMED = {"+": " plus ", "&": " and ", "#": " sharp ", "@": " at ", "%": " percent "}
_KEPT_FORMAT_CHARACTERS = "\u200c\u200d"  # joiners that Persian, Urdu and Indic words are spelled with


def slugify(label: str, limit: int = 100) -> str:
    """The slug of `label`: NFC and casefolded, letters, digits, marks and symbols kept, words joined with `-`.

    Two labels that differ only in case, composition, spacing or punctuation have one slug. Cut to `limit`
    characters at a word. Empty when nothing of `label` can stand in an address.
    """
    # What is kept in memory is bounded in length as well as in number: labels come from anybody's address line.
    return _remembered(label, limit) if len(label) <= limit else _slug(label, limit)


def _slug(label: str, limit: int) -> str:
    folded = _composed(_composed(label).casefold())
    # Once more: what stood between a letter and its mark may have gone, and slugs of slugs are to be the same.
    words = _composed(folded.strip().lstrip("#").translate(_spelling)).split()
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > limit:
            return slug or word[:limit]
        slug = longer
    return slug


_remembered = lru_cache(maxsize=4096)(_slug)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


class _Spelling(dict[int, str]):
    """How each character is spelled in a slug, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = spelled = _spelled(chr(code))
        return spelled


_spelling = _Spelling()


def _spelled(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character in "'’ʼ":
        return ""
    category = unicodedata.category(character)
    if category[0] in "LNM" or character in _KEPT_FORMAT_CHARACTERS:
        return character
    if category == "Cf":
        return ""
    return character if category[0] == "S" and not character.isascii() else " "
