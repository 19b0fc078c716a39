"""The formats a feed is written in, and writing one so that no single article can take it down."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from feedsvc.feed import Entry, Feed
from feedsvc.formats import atom, jsonfeed, rss
from feedsvc.formats.format import Format
from feedsvc.formats.tally import Tally

__all__ = ["FORMATS", "Format", "left_out", "render"]

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        form.name: form
        for form in (
            rss.FORMAT,
            atom.FORMAT,
            jsonfeed.FORMAT,
        )
    }
)

left_out = Tally()
"""How many entries `render` has left out in this process; one that is left out of three documents counts three."""

_log = logging.getLogger(__name__)


def render(form: Format, feed: Feed) -> bytes:
    """`feed` written in `form`, without the entries that cannot be written; each of them is logged and counted.

    Raises what `form.write` raises when the feed cannot be written even without entries.
    """
    try:
        return form.write(feed)
    except Exception:
        # Before any entry is blamed: a feed that fails by itself would have all of them left out.
        form.write(replace(feed, entries=()))
    return form.write(replace(feed, entries=tuple(entry for entry in feed.entries if _writable(form, feed, entry))))


def _writable(form: Format, feed: Feed, entry: Entry) -> bool:
    try:
        form.write(replace(feed, entries=(entry,)))
    except Exception as error:
        _log.exception("The %s feed %s goes out without entry %s: %s", form.name, feed.uri, entry.guid, error)
        left_out.add()
        return False
    return True
