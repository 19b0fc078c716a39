"""HTML from outside as the text a reader sees of it."""

from feedsvc.text import text_of


def seen(markup: str) -> str:
    """`text_of` for HTML that has not been sanitised: what browsers take for a comment does no harm.

    Python's HTML parser raises AssertionError for `<![` that begins no CDATA section.
    """
    return text_of(markup.replace("<![", "<!-["))
