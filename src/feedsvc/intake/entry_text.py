"""The words of a feed's entry: its headline, its body and its summary, each as HTML or as text, whichever it is."""

import html
import re
from typing import Any

from feedsvc.addresses import absolute_uri
from feedsvc.markup import sanitise
from feedsvc.seen import text_of
from feedsvc.text import one_line

# A description of more characters than this is the article; a shorter one without markup announces it.
_TEASER = 500
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_MARKUP = re.compile(
    r"</?(?:a|abbr|article|aside|audio|b|big|blockquote|br|center|cite|code|del|div|dl|dt|dd|em|figcaption|figure|font|"
    r"h[1-6]|hr|i|iframe|img|ins|li|mark|ol|p|picture|pre|q|s|section|small|span|strike|strong|sub|sup|table|tbody|td|"
    r"th|thead|time|tr|tt|u|ul|video)(?=[\s/>])",
    re.IGNORECASE,
)


def headline(entry: dict[str, Any]) -> str | None:
    """The title as plain text; None when there is none."""
    detail = entry.get("title_detail", {})
    return _plain(entry.get("title", ""), detail.get("type", "")) or None


def words(entry: dict[str, Any], page: str | None, site: str | None) -> dict[str, str]:
    """`content_html` or `content_text`, and `summary`, as far as the entry has them.

    HTML that names a base of its own (xml:base), or that has no `page` but only a `site` to be resolved against,
    comes back sanitised, which makes its addresses absolute; other HTML comes back as it is.
    """
    # Without a `summary_detail` the summary is feedparser's copy of the content.
    detail = entry.get("summary_detail")
    summary = entry.get("summary", "") if detail is not None else ""
    kind = detail.get("type", "") if detail is not None else ""
    body = _body(entry, page, site)
    if body:
        brief = _plain(summary, kind)
        full = body.get("content_text") or text_of(body["content_html"])
        return body | ({"summary": brief} if brief and one_line(brief) != one_line(full) else {})
    if kind in _HTML and _MARKUP.search(summary):
        return {"content_html": _based(summary, detail, page, site)}
    text = html.unescape(summary) if kind in _HTML else summary
    if not text.strip():
        return {}
    return {"content_text": text} if len(text) > _TEASER else {"summary": one_line(text)}


def _body(entry: dict[str, Any], page: str | None, site: str | None) -> dict[str, str]:
    contents = [content for content in entry.get("content", ()) if content.get("value", "").strip()]
    for content in contents:
        if content.get("type") in _HTML:
            return {"content_html": _based(content["value"], content, page, site)}
    # Other types are base64 or XML of some vocabulary, which no reader of ours can show.
    texts = (content["value"] for content in contents if content.get("type") == "text/plain")
    return next(({"content_text": text} for text in texts), {})


def _based(markup: str, detail: dict[str, Any] | None, page: str | None, site: str | None) -> str:
    own = (detail or {}).get("base")
    base = absolute_uri(own, page or site) if own else None if page else site
    return sanitise(markup, base) if base else markup


def _plain(value: str, kind: str) -> str:
    """A value as plain text. What only looks like a tag is text: headlines name shares as `<SRD>`."""
    if kind not in _HTML:
        return value.strip()
    return text_of(value) if _MARKUP.search(value) else one_line(html.unescape(value))
