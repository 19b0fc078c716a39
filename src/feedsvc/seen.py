"""What a reader sees of HTML: its text, without elements; and a bound on what is worth parsing."""

import html
import re

import nh3

from feedsvc.errors import Rejected
from feedsvc.text import legal, one_line

DEEPEST = 500
_BLOCKS = (
    "address article aside blockquote br caption dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre "
    "section table td th tr ul".split()
)
_SILENT = "script style template noscript iframe object".split()
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
# They have no end tag, or need none: HTML sections 13.1.2 and 13.1.2.4.
_UNNESTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dd dt td th tr option thead tbody "
    "tfoot rt rp colgroup".split()
)
_ELEMENT = re.compile(r"<[^>]*>")
_TO_BLOCKS = nh3.Cleaner(tags=set(_BLOCKS), clean_content_tags=set(_SILENT), attributes={"*": set()}, link_rel=None)


def require_shallow(markup: str) -> None:
    """Raise `Rejected` for elements nested so deep that every parser needs the square of their number to follow."""
    depth = 0
    for closing, name in _TAG.findall(markup):
        if name.lower() not in _UNNESTED:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > DEEPEST:
                raise Rejected(f"has elements nested more than {DEEPEST} deep", "/content")


def text_of(markup: str) -> str:
    """The text a reader sees of an HTML fragment, safe or not, on one line, without entities or tags.

    Raises `Rejected` for one that is nested too deep.
    """
    markup = legal(markup)
    require_shallow(markup)
    # A browser's parser does the reading; what it leaves are bare tags where a line would end.
    bare = _TO_BLOCKS.clean(markup)
    return one_line(html.unescape(_ELEMENT.sub(" ", bare)))
