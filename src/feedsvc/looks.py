"""How an embed looks: what a partner may choose, within bounds, and the one spelling of each choice in an address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

THEMES = ("auto", "light", "dark")
COUNT = 5
"""How many headlines an embed shows if nothing else is wanted."""
MOST_HEADLINES = 20
"""How many it shows at the most."""

WIDTH = 600
"""How wide a frame is where there is room, in CSS pixels."""
CARD_HEIGHT = 220
"""How tall the frame of one article is."""

PARAMETERS = ("count", "lang", "theme")
"""The query keys of an embed, in the order of the canonical address."""


@dataclass(frozen=True, slots=True)
class Look:
    """What of an embed can be chosen: how many headlines, the language of what stands around them (BCP 47; empty for
    the site's), light or dark (`auto`: as the visitor likes it)."""

    count: int = COUNT
    language: str = ""
    theme: str = "auto"

    @property
    def query(self) -> str:
        """The choice as the query of a canonical address: what is as by default is left out."""
        values = (str(self.count), self.language, self.theme)
        defaults = (str(COUNT), "", "auto")
        chosen = zip(PARAMETERS, values, defaults, strict=True)
        return "&".join(f"{name}={value}" for name, value, default in chosen if value != default)

    @property
    def height(self) -> int:
        """How tall a frame of so many headlines is, in CSS pixels: each may take two lines."""
        return 72 + 84 * self.count

    def only_theme(self) -> "Look":
        """The same for what is one article: it has no number, and its language is its own."""
        return Look(theme=self.theme)


PLAIN = Look()
"""All as by default."""


def read_look(asked: Mapping[str, str], languages: Collection[str], own: str) -> Look:
    """What the parameters of an address ask for, as near to it as there is: a count within bounds, one of `languages`
    other than the site's `own`, a known theme. Whatever cannot be read is as by default."""
    count = read_number(asked.get("count", ""))
    language = asked.get("lang", "")
    theme = asked.get("theme", "")
    return Look(
        COUNT if count is None else max(1, min(count, MOST_HEADLINES)),
        language if language in languages and language != own else "",
        theme if theme in THEMES else "auto",
    )


def read_number(digits: str) -> int | None:
    """A whole number of an address, at most 999,999,999; None for what is none."""
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits.lstrip("0")[:10] or "0"), 999_999_999)
