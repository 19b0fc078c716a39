"""Which selection an address names, and where that selection is properly found."""

from feedsvc.errors import NotFound
from feedsvc.slugs import slugify
from feedsvc.urls import NEWS_LINE, Selection


def read_selection(name: str) -> Selection:
    """The selection that `news-line` or `tags/<tag>` names, in whatever spelling. Raises `NotFound` for other names."""
    folder, _, tag = name.partition("/")
    if name.lower() == NEWS_LINE:
        return Selection()
    if folder.lower() == "tags" and (slug := slugify(tag)):
        return Selection(slug)
    raise NotFound("There is no such selection.")
