"""Changing some members of an item: JSON Merge Patch (RFC 7396), and what of an item goes together."""

from typing import Any

from feedsvc.copydesk import SUMMARY_LENGTH
from feedsvc.seen import text_of
from feedsvc.text import cut_at_word


def patched(item: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """An item of ours after a merge patch.

    A content in text takes the place of one in HTML. A summary that was only the beginning of the old content goes
    with it, so that it becomes the beginning of the new one.
    """
    base = dict(item)
    given = [name for name in ("content_html", "content_text") if patch.get(name) is not None]
    if given:
        if cut_at_word(text_of(base.get("content_html", "")), SUMMARY_LENGTH) == base.get("summary"):
            del base["summary"]
        if given == ["content_text"]:
            base.pop("content_html", None)
    merged: dict[str, Any] = _merge(base, patch)
    extension = patch.get("_feedsvc")
    if isinstance(extension, dict):
        # What an item says nothing of stays, so that what a patch takes away has to be said.
        empty: dict[str, Any] = {"expires": None, "corrections": []}
        merged["_feedsvc"] |= {name: value for name, value in empty.items() if extension.get(name, value) is None}
    return merged


def _merge(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged
