"""The page on which the API is read."""

from collections.abc import Mapping
from typing import Any

from feedsvc.config import Config
from feedsvc.pages.layout import Layout
from feedsvc.pages.templates import Templates


class DocsPages:
    """Renders the API's documentation as a page of the site; safe to use from many threads."""

    def __init__(self, config: Config, templates: Templates) -> None:
        self._layout = Layout(config, templates)

    def api(self, document: Mapping[str, Any]) -> str:
        """The page of an OpenAPI document."""
        return self._layout.render("api.html", "en", [self._layout.news_line], document=document)
