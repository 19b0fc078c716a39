"""An article in Markdown (CommonMark with tables and strikethrough), with what is known about it in YAML before it."""

import re
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from feedsvc.errors import Rejected
from feedsvc.item import Item, read_item
from feedsvc.seen import text_of
from feedsvc.text import legal

_KEYS = (
    *("id", "title", "slug", "date", "updated", "language", "translation_of"),
    *("author", "authors", "tags", "summary", "image"),
)
_TEXTS = ("id", "title", "summary", "language")
_DATES = {"date": "date_published", "updated": "date_modified"}
_IMAGE_KEYS = ("url", "credit", "alt", "width", "height")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:(.*?)\n)??(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
# `2024-05-12 09:30:00 +0200` is how YAML and most site generators write what ISO 8601 writes without the space.
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d|Z$)")

# Raw HTML is let through: every body is sanitised when it is taken in, whatever it came as.
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class _Text(yaml.BaseLoader):
    """YAML whose scalars are all text, save for null: a title `1984` is no number and a tag `no` no falsehood."""


_NULL = "tag:yaml.org,2002:null"
_Text.add_implicit_resolver(_NULL, re.compile("^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Text.add_constructor(_NULL, lambda loader, node: None)  # noqa: ARG005 what PyYAML calls it with


def read_markdown(text: str) -> Item:
    """The article in a Markdown text with optional YAML front matter; its body as `content_html`, not yet sanitised.

    Without a `title` in the front matter the first level-one heading is the title, and leaves the body.
    Raises `Rejected` naming the key or the line that is wrong.
    """
    text = legal(text).removeprefix("\ufeff")
    known, body = _front_matter(text)
    members = _members(known)
    tokens = _MARKDOWN.parse(body)
    if not members.get("title"):
        members["title"] = _take_title(tokens)
    members["content_html"] = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}).strip() or None
    try:
        return read_item(members)
    except Rejected as error:
        keys = {f"/{member}": key for key, member in _DATES.items()}
        key = keys.get(error.where, error.where.removeprefix("/_feedsvc").lstrip("/").replace("/", "."))
        raise Rejected(error.reason, key) from None


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    if not re.match(r"---[ \t]*(?:\n|$)", text):
        return {}, text
    found = _FRONT_MATTER.match(text)
    if found is None:
        raise Rejected("the front matter begins on line 1 with --- and never ends; write --- on a line of its own")
    try:
        known = yaml.load(found[1] or "", _Text)  # noqa: S506 a BaseLoader, which makes nothing but text
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise Rejected(f"the front matter is not YAML: {error.problem} (line {line})") from None
    except RecursionError:
        raise Rejected("the front matter is nested too deeply") from None
    if known is None:
        known = {}
    if not isinstance(known, dict):
        raise Rejected("the front matter is not a list of `key: value` lines")
    unknown = [str(key) for key in known if key not in _KEYS]
    if unknown:
        raise Rejected(f"the front matter has unknown keys: {', '.join(unknown)}; known are {', '.join(_KEYS)}")
    return {key: value for key, value in known.items() if value is not None}, text[found.end() :]


def _members(known: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {key: _text(known, key) for key in _TEXTS if key in known}
    for key, member in _DATES.items():
        if key in known:
            members[member] = _SPACE_BEFORE_OFFSET.sub("", _text(known, key).strip())
    authors = [*_texts(known, "author"), *_texts(known, "authors")]
    if authors:
        members["authors"] = [{"name": name} for name in authors]
    if "tags" in known:
        tags = known["tags"].split(",") if isinstance(known["tags"], str) else _texts(known, "tags")
        members["tags"] = [tag.strip() for tag in tags if tag.strip()]
    extension: dict[str, Any] = {key: _text(known, key) for key in ("slug", "translation_of") if key in known}
    if "image" in known:
        members["image"], extension["image"] = _image(known["image"])
    return members | {"_feedsvc": extension}


def _image(value: Any) -> tuple[str, dict[str, str]]:
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, dict) or "url" not in value or not set(value) <= set(_IMAGE_KEYS):
        *others, last = (f"`{key}`" for key in _IMAGE_KEYS)
        mapping = f"a mapping of {', '.join(others)} and {last}"
        raise Rejected(f"must be an address, or {mapping} with at least the `url`", "image")
    texts = {key: _text(value, key, f"image.{key}") for key in value if value[key] is not None or key == "url"}
    return texts.pop("url"), texts


def _text(known: dict[str, Any], key: str, name: str = "") -> str:
    value = known[key]
    if not isinstance(value, str):
        raise Rejected("must be text", name or key)
    return value


def _texts(known: dict[str, Any], key: str) -> list[str]:
    value = known.get(key, [])
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        raise Rejected("must be text or a list of texts", key)
    return values


def _take_title(tokens: list[Token]) -> str | None:
    """The text of the first level-one heading, whose tokens are removed; None when there is none."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and token.level == 0:
            heading = tokens[at + 1]
            del tokens[at : at + 3]
            return text_of(_MARKDOWN.renderer.render([heading], _MARKDOWN.options, {})) or None
    return None
