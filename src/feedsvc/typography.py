"""How pages write things: phrases, dates, numbers and lists as a reader of the page's language expects them. UTC."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.lists import format_list as babel_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from feedsvc.feed import Entry
from feedsvc.languages import direction, locale_for, territorial

FALLBACK = "en"

# CLDR names a language's numbering system, but Babel writes every one of them with Latin digits.
_ZEROS = {"arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040, "olck": 0x1C50, "tibt": 0xF20}
# CSS Syntax 3 section 4.3.5: a quote or a line end would end a string, and a backslash begins an escape.
_NOT_IN_CSS = re.compile(r'["\\\n\r\f]')


class Phrases:
    """The interface phrases of the `phrases.toml` in a template folder.

    Raises `OSError` when there is none, and `tomllib.TOMLDecodeError` when it is not TOML.
    """

    def __init__(self, templates: Path) -> None:
        self._tables: dict[str, dict[str, str]] = tomllib.loads((templates / "phrases.toml").read_text("utf-8"))

    @property
    def languages(self) -> Collection[str]:
        """The languages that there are phrases in."""
        return self._tables.keys()

    def phrase(self, language: str, key: str, /, **values: object) -> Markup:
        """The phrase `key` in `language` (BCP 47), else in its primary language, else in English.

        It is HTML: values that are not markup already are escaped. Raises `KeyError` for a missing key or value.
        """
        for table in (language, language.split("-", maxsplit=1)[0]):
            text = self._tables.get(table, {}).get(key)
            if text is not None:
                break
        else:
            text = self._tables[FALLBACK][key]
        return Markup(text).format(**values)  # noqa: S704 - the text is our own file's, the values are escaped

    def bound(self, language: str) -> Callable[..., Markup]:
        """`phrase(key, **values)` for pages in `language`."""

        def phrase(key: str, /, **values: object) -> Markup:
            return self.phrase(language, key, **values)

        return phrase


def format_date(moment: date, language: str) -> str:
    """The UTC day of `moment` (a date, or an aware datetime): `12 May 2024` in English."""
    locale = locale_for(language)
    return _digits(babel_date(_day(moment), "long", locale), locale)


def format_weekday(moment: date, language: str) -> str:
    """The name of the UTC day of `moment` (a date, or an aware datetime): `Sunday` in English."""
    return babel_date(_day(moment), "EEEE", locale_for(language))


def format_time(moment: datetime, language: str) -> str:
    """The UTC time of day of the aware `moment`, to the minute: `09:30` in English."""
    locale = locale_for(language)
    return _digits(babel_time(moment.astimezone(UTC), "short", UTC, locale), locale)


def format_moment(moment: datetime, language: str) -> str:
    """The UTC day and time of the aware `moment`, to the minute: `12 May 2024, 09:30` in English."""
    frame = str(locale_for(language).datetime_formats["medium"]).replace("'", "")
    return frame.replace("{1}", format_date(moment, language)).replace("{0}", format_time(moment, language))


def format_number(number: int, language: str) -> str:
    """`number` in groups: `1,239` in English."""
    locale = locale_for(language)
    return _digits(format_decimal(number, locale=locale, numbering_system="default"), locale)


def format_list(items: Iterable[str], language: str) -> Markup:
    """The items as one enumeration, `A, B and C` in English, in HTML: items that are not markup already are escaped."""
    parts = [str(escape(item)) for item in items]
    return Markup(babel_list(parts, locale=locale_for(language)))  # noqa: S704 - every part is escaped


def iso_date(moment: datetime) -> str:
    """The aware `moment` in UTC as RFC 3339 writes it, to the second: `2024-05-12T09:30:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    """Runs of entries published on the same UTC day, in the order given."""
    return [(day, list(run)) for day, run in groupby(entries, key=lambda entry: _day(entry.published))]


def css_string(text: str) -> Markup:
    """`text`, or what markup without tags says, as a string of a stylesheet, in quotes."""
    plain = text.unescape() if isinstance(text, Markup) else text
    escaped = _NOT_IN_CSS.sub(lambda found: f"\\{ord(found[0]):x} ", plain)
    return Markup(f'"{escaped}"')  # noqa: S704 - nothing is left in it that would end the string


FILTERS: dict[str, Callable[..., Any]] = {
    "date": format_date,
    "weekday": format_weekday,
    "time": format_time,
    "moment": format_moment,
    "number": format_number,
    "listed": format_list,
    "isodate": iso_date,
    "direction": direction,
    "css": css_string,
    "territorial": territorial,
}


def _day(moment: date) -> date:
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _digits(text: str, locale: Locale) -> str:
    zero = _ZEROS.get(locale.default_numbering_system)
    return text if zero is None else text.translate({ord("0") + digit: zero + digit for digit in range(10)})
