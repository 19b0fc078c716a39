"""HTML from outside, made safe to show anywhere: an allow-list of elements, absolute ASCII addresses."""

import re
from functools import lru_cache

import nh3

from feedsvc.addresses import absolute_uri
from feedsvc.seen import require_shallow, text_of
from feedsvc.text import legal, paragraphs

_TAGS = frozenset(
    "a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp small source span strong sub "
    "summary sup table tbody td tfoot th thead time tr u ul var audio video track wbr".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls", "preload"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ins": {"cite", "datetime"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "controls", "poster", "preload", "width", "height"},
}
_ADDRESSES = frozenset({"href", "src", "cite", "poster"})
_DROPPED_WHOLE = frozenset(
    "script style template noscript iframe object embed form svg math title head textarea select button".split()
)
# `mailto:` and `tel:` are what newspapers link besides pages; everything else can run or track.
_SCHEMES = {"http", "https", "mailto", "tel"}
_MOST_PASSES = 8
_LONGEST_SRCSET = 8_192
_PRE = re.compile(r"(<pre(?:\s[^>]*)?>)\n+")
_TOP_HEADING = re.compile(r"(</?)h1(?=[\s>])")


def sanitise(markup: str, base: str) -> str:
    """`markup` reduced to the allow-list, addresses absolute (against `base`) and ASCII, forbidden characters gone.

    The result is an HTML fragment without script, style, event handler or relative reference, and sanitising it
    again changes nothing. An address that cannot be made absolute is left out with its attribute. Raises `Rejected`
    for elements nested too deep.
    """
    markup = legal(markup)
    require_shallow(markup)
    cleaned = _clean(markup, base)
    # What a parser makes of its own output can differ from it once more (a line break after <pre>, and every
    # mutation XSS); what is stored must not.
    for _ in range(_MOST_PASSES):
        again = _clean(cleaned, base)
        if again == cleaned:
            return cleaned
        cleaned = again
    return paragraphs(text_of(cleaned))  # pragma: no cover - no markup is known that comes this far


def _clean(markup: str, base: str) -> str:
    cleaned = _cleaner(base).clean(markup)
    # The one h1 of a page is the headline. nh3 writes every other `<` as a reference, so only tags match.
    # A parser drops the first line break of a <pre>: one at each pass, if there are several.
    cleaned = _PRE.sub(r"\1", cleaned)
    # What a forbidden character was spelled with (`&#1;`) has become the character only now.
    return legal(_TOP_HEADING.sub(r"\1h2", cleaned)).strip()


@lru_cache(maxsize=64)
def _cleaner(base: str) -> nh3.Cleaner:
    """What cleans markup whose addresses are relative to `base`; to make one takes longer than to use it."""

    def address(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "srcset":
            return _srcset(value, base)
        if attribute not in _ADDRESSES:
            return value
        if value.strip().lower().startswith(("mailto:", "tel:")):
            return value.strip() if tag == "a" and value.isascii() else None
        return absolute_uri(value, base) if value.strip() else None

    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=address,
        url_schemes=_SCHEMES,
        url_relative="pass_through",
        link_rel="noopener noreferrer",
    )


def _srcset(value: str, base: str) -> str | None:
    """The candidates of a `srcset`, read as HTML section 4.8.4.2.1 does, with absolute addresses; None without any."""
    rest = value if len(value) <= _LONGEST_SRCSET else ""
    candidates = []
    while rest := rest.lstrip(" \t\n\f\r,"):
        address, *others = rest.split(maxsplit=1)
        rest = others[0] if others else ""
        size = ""
        if not address.endswith(","):
            size, _, rest = rest.partition(",")
        uri = absolute_uri(address.rstrip(","), base)
        if uri is not None:
            candidates.append(f"{uri.replace(',', '%2C')} {size.strip()}".strip())
    return ", ".join(candidates) or None
