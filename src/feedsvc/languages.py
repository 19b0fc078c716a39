"""Languages as BCP 47 names them: canonical spelling, and the direction they are written in."""

from functools import lru_cache
from itertools import takewhile

from babel import Locale, UnknownLocaleError
from babel.core import get_global

_LONGEST = 60
# RFC 5646 section 3.1.11: scripts that are written from right to left.
_LEFTWARDS = frozenset("Adlm Arab Aran Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa Yezi".split())


def canonical_language(tag: str) -> str:
    """The canonical spelling of a BCP 47 language tag (`en-gb` becomes `en-GB`).

    Raises `ValueError` with the reason when `tag` is not well-formed (RFC 5646 section 2.1), or longer than any tag
    need be (section 4.4.1).
    """
    if len(tag) > _LONGEST:
        raise ValueError(f"has {len(tag):,} characters, more than a language tag has (BCP 47)")
    parts = tag.strip().replace("_", "-").split("-")
    if not (2 <= len(parts[0]) <= 8 and all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)):
        raise ValueError(f"is not a language tag such as 'en' or 'az-Latn' (BCP 47): {tag!r}")
    if not parts[0].isalpha():
        raise ValueError(f"does not begin with a language such as 'en' (BCP 47): {tag!r}")
    # RFC 5646 section 2.1.1: what follows a singleton (an extension, private use) is written small.
    singleton = next((n for n, part in enumerate(parts) if len(part) == 1), len(parts))
    return "-".join([parts[0].lower(), *map(_subtag, parts[1:singleton]), *map(str.lower, parts[singleton:])])


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


@lru_cache(maxsize=1024)
def ranges(tag: str) -> tuple[str, ...]:
    """The ranges that language `tag` lies in (RFC 4647 section 3.3.1), as addresses spell them, the narrowest first:
    British English (`en-gb`) is English (`en`)."""
    parts = tag.lower().split("-")
    # RFC 4647 section 3.4: nothing ends in a singleton.
    lengths = [length for length in range(len(parts), 0, -1) if len(parts[length - 1]) > 1]
    return tuple("-".join(parts[:length]) for length in lengths)


def locale_for(tag: str) -> Locale:
    """The CLDR locale that dates and numbers of language `tag` are written in.

    English that names no country is read the world over, so its dates are the day-month-year of en-GB;
    a language CLDR does not know is written the English way.
    """
    locale = _locale(tag)
    return Locale("en", "GB") if locale is None or str(locale) == "en" else locale


def name_of(tag: str) -> str:
    """What language `tag` calls itself: `Deutsch`, `中文 (繁體)`; the tag where CLDR does not know it."""
    locale = _locale(tag)
    return (locale and locale.get_display_name()) or tag


def direction(tag: str) -> str:
    """`rtl` for a language written from right to left (Arabic, Hebrew, Persian …), else `ltr`; a script that the tag
    names decides, as Kurdish is written in several."""
    for part in takewhile(lambda part: len(part) > 1, tag.split("-")[1:]):
        if len(part) == 4 and part.isalpha():
            return "rtl" if part.title() in _LEFTWARDS else "ltr"
    language = tag.partition("-")[0]
    language = get_global("language_aliases").get(language, language).partition("_")[0]
    # UTS 35 section 4.3: the script that a language is written in where it is, and else as a rule.
    usual = get_global("likely_subtags")
    likely = usual.get(territorial(tag)) or usual.get(language) or ""
    return "rtl" if not _LEFTWARDS.isdisjoint(likely.split("_")) else "ltr"


def _locale(tag: str) -> Locale | None:
    for candidate in (tag, tag.partition("-")[0]):
        if candidate == "und":
            continue  # it is no language, and Babel takes it for the likeliest of all
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def territorial(tag: str) -> str:
    """The language and territory of a canonical tag as Open Graph joins them, `az_AZ` for `az-Latn-AZ`; "" for a tag
    that names no territory of two letters."""
    language, *others = takewhile(lambda part: len(part) > 1, tag.split("-"))
    # RFC 5646 section 2.1: after the language only a region has two characters, up to the first singleton.
    territory = next((part for part in others if len(part) == 2), "")
    return territory and f"{language}_{territory}"
