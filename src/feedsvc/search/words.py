"""The words of a text as search compares them: folded, so that whoever writes a word in another way still finds it.

What is filed and what is asked go through here alike, and the databases only compare what comes out. A change here
needs a migration that puts the bookmark of the index back to the beginning.
"""

import re
import unicodedata
from itertools import pairwise

LONGEST_WORD = 64
"""How many characters of a word count."""

# Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana, Han, and Han beyond the first plane.
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17d3\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
# Letters and digits, and the marks without which Indic words fall to pieces.
_LETTER, _MARK = rf"(?![{_UNSPACED}])[^\W_]", "[\u0300-\u036f\u0900-\u0963\u0966-\u0dff]"
_PIECE = re.compile(rf"[{_UNSPACED}]+|{_LETTER}(?:{_LETTER}|{_MARK})*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
# A letter of those scripts with the vowels and tones that are written above, below and around it.
_ABOVE_OR_BELOW = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u17b6-\u17d3\u3099\u309a"
)
_SYLLABLE = re.compile(f"[^{_ABOVE_OR_BELOW}][{_ABOVE_OR_BELOW}]*")

# Marks that are written or left out as one likes: accents on Latin and Greek letters, stress on Russian ones, the
# points of Hebrew and Arabic, the dot below Indic ones. With NFD, Arabic letters lose their hamza in the same way.
_MARKS = (
    re.compile(r"(?<=[a-z\u00df-\u02af\u0370-\u03ff])[\u0300-\u036f]+"),
    re.compile(r"(?<=[аеиоуыэюя])[\u0300\u0301]|(?<=е)\u0308"),
    re.compile(r"[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"),
    re.compile(r"[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"),
    re.compile(r"[\u093c\u09bc\u0a3c\u0abc\u0b3c]"),
    # What cannot be seen: soft hyphens, joiners, and what turns the direction.
    re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"),
)
_LETTERS = str.maketrans(
    {
        # The dotless i is an i to whoever has no key for it; the schwa of Azerbaijani is a letter of its own.
        **{"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "þ": "th", "æ": "ae", "œ": "oe"},
        **{"ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ە": "ه", "ٱ": "ا"},
    }
)
# The article, alone or behind "and", "by", "like", "so" and "for", where at least three letters follow it (Larkey).
_ARTICLE = re.compile(r"\A(?:[وبكف]?ال|لل)(?=\w{3})")


def words(text: str) -> list[str]:
    """The words of plain text in their order. Where a script has no spaces between words, they are pairs of
    neighbouring letters, and the last letter."""
    return [word for piece in pieces(text) for word in whole(piece)]


def whole(piece: str) -> list[str]:
    """The words of one piece."""
    return [*pairs(piece), *letters(piece)[-1:]] if is_unspaced(piece) else [piece[:LONGEST_WORD]]


def pieces(text: str) -> list[str]:
    """The folded words of plain text, and what stands together in a script without spaces."""
    return [_ARTICLE.sub("", piece, count=1) if piece[0] in "ولبكفا" else piece for piece in _PIECE.findall(fold(text))]


def pairs(piece: str) -> list[str]:
    """The neighbouring letters of a piece that has no spaces."""
    return [one + other for one, other in pairwise(letters(piece))]


def letters(piece: str) -> list[str]:
    """The letters of such a piece, each with its marks."""
    return _SYLLABLE.findall(piece)


def is_unspaced(piece: str) -> bool:
    """Whether a piece is of a script without spaces."""
    return bool(_IS_UNSPACED.match(piece))


def fold(text: str) -> str:
    """`text` without what is the same to a reader: case, width, accents, points, kinds of alef and of i. Digits are
    ASCII's, whatever script they are of."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    for marks in _MARKS:
        text = marks.sub("", text)
    text = unicodedata.normalize("NFC", text.translate(_LETTERS))
    return re.sub(r"[^\D0-9]", lambda digit: str(unicodedata.digit(digit[0])), text)
