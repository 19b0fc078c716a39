"""The templates: where they are, what every one of them knows, and rendering one in a language."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feedsvc.config import Config
from feedsvc.languages import direction
from feedsvc.pages.assets import Assets
from feedsvc.typography import FILTERS, Phrases
from feedsvc.urls import FEED_STYLE, Urls

HTML = "text/html; charset=utf-8"


def templates_folder() -> Path:
    """Where the templates are: inside the installed package, or at the root of a checkout."""
    installed = Path(__file__).parents[1] / "templates"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "templates"


class Templates:
    """The templates of one site, with its phrases and assets; safe to use from many threads."""

    def __init__(self, config: Config) -> None:
        folder = templates_folder()
        urls = Urls(config.base_url)
        self.phrases = Phrases(folder)
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        files = {path.name: path.read_bytes() for path in sorted((folder / "assets").iterdir())}
        # The one file that is made: it explains the feeds in the language of the site.
        self.assets = Assets(files | {FEED_STYLE: self.render(FEED_STYLE, config.language).encode()})
        self._environment.globals.update(
            site=config,
            urls=urls,
            assets={name: urls.asset_path(self.assets[name].fingerprinted) for name in self.assets},
        )

    def render(self, template: str, language: str, **values: Any) -> str:
        """The markup of `template` with `values`, and with phrases and direction of `language` (BCP 47)."""
        context = {"lang": language, "dir": direction(language), "phrase": self.phrases.bound(language)}
        return self._environment.get_template(template).render(context | values)
