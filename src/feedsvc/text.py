"""Plain text: what may stand in it, how it becomes paragraphs and summaries, how a moment is written."""

import html
import re
from datetime import UTC, datetime

# XML 1.0 section 2.2: everything outside Char. C1 controls are legal there and meaningless everywhere.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]{2,}\S)")


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids, and with line ends as LF."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """`text` legal, on one line, with runs of white space folded."""
    # What Python calls printable is legal, and its only white space is the space: most texts are done with a look.
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", legal(text)).strip()


def paragraphs(text: str) -> str:
    """Plain text as HTML: a paragraph where a blank line or an indented line begins one, line breaks folded."""
    blocks = (one_line(block) for block in _PARAGRAPH_BREAK.split(legal(text)))
    return "\n".join(f"<p>{html.escape(block, quote=False)}</p>" for block in blocks if block)


def cut_at_word(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, cut after a whole word and marked with an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    cut = head.rsplit(" ", 1)[0] if " " in head else head[:-1]
    return cut.rstrip(" ,;:.–—-") + "…"


def rfc3339(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC, with all of the fraction that there is."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
