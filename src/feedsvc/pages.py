"""The HTML pages: values in, markup out, through the templates; and the files that the pages are shown with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feedsvc.catalogue import Channel, channel_title
from feedsvc.config import Config
from feedsvc.errors import NotFound
from feedsvc.feed import Entry, Tag
from feedsvc.formats import FORMATS, Format
from feedsvc.languages import direction
from feedsvc.typography import FILTERS, Phrases, by_day
from feedsvc.urls import Selection, Urls

HTML = "text/html; charset=utf-8"
_ASSET_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def templates_folder() -> Path:
    """Where the templates are: inside the installed package, or at the root of a checkout."""
    installed = Path(__file__).parent / "templates"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "templates"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the pages, and its name with a fingerprint of its bytes in it."""

    body: bytes
    content_type: str
    fingerprinted: str


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One feed as a page offers it."""

    title: str
    type: str
    href: str


class Pages:
    """Renders every page of one site; safe to use from many threads."""

    def __init__(self, config: Config) -> None:
        folder = templates_folder()
        self._config = config
        self._urls = Urls(config.base_url)
        self._phrases = Phrases(folder)
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        self._assets = _read_assets(folder / "assets")
        self._environment.globals.update(
            site=config,
            urls=self._urls,
            assets={name: self._urls.asset_path(asset.fingerprinted) for name, asset in self._assets.items()},
        )

    def asset(self, name: str) -> Asset:
        """The file of a plain or fingerprinted name. Raises `NotFound`."""
        for plain, asset in self._assets.items():
            if name in (plain, asset.fingerprinted):
                return asset
        raise NotFound("There is no such file.")

    def line(self, selection: Selection, channel: Channel, entries: list[Entry], before: int | None) -> str:
        """A page of headlines; `entries` may hold one more than a page shows, which says that there are older ones."""
        shown = entries[: self._config.page_size]
        older = self._urls.page(selection, shown[-1].number) if len(entries) > len(shown) else ""
        lead = shown[0] if shown and before is None else None
        heading = channel.tag.label.lstrip("#") if channel.tag else self._config.title
        return self._render(
            "line.html",
            self._config.language,
            [channel.tag, None] if channel.tag else [None],
            title=heading,
            description=self._config.description,
            canonical=self._urls.page(selection, before),
            heading=heading,
            tag=channel.tag,
            lead=lead,
            days=by_day(shown[1:] if lead else shown),
            older=older,
            newest=self._urls.page(selection) if before is not None else "",
            total=channel.articles,
        )

    def tags(self, tags: list[tuple[Tag, int]]) -> str:
        """The page of all tags, each with its number of articles."""
        title = str(self._phrases.phrase(self._config.language, "subjects"))
        return self._render(
            "tags.html",
            self._config.language,
            [None],
            title=title,
            description=self._config.description,
            canonical=self._urls.tags(),
            tags=tags,
        )

    def article(self, entry: Entry, reads: int) -> str:
        """The page of one article, in its language."""
        return self._render(
            "article.html",
            entry.language,
            [None, *entry.tags],
            title=entry.title,
            description=entry.summary,
            canonical=entry.url,
            entry=entry,
            reads=reads,
        )

    def gone(self, retracted_at: datetime) -> str:
        """The page in the place of a retracted article; it names nothing of it."""
        return self._render("gone.html", self._config.language, [None], retracted=retracted_at)

    def error(self, status: int, request_id: str = "") -> str:
        """A page for an answer that is no document: 404, 500 and the like."""
        language = self._config.language
        name = {404: "not_found"}.get(status, "failed" if status >= 500 else "refused")
        return self._render(
            "error.html",
            language,
            [None],
            status=status,
            heading=self._phrases.phrase(language, name),
            message=self._phrases.phrase(language, f"{name}_text"),
            request_id=request_id,
        )

    def _render(self, template: str, language: str, offered: list[Tag | None], **values: Any) -> str:
        """Render a page that offers the feeds of `offered`, where None is the News Line; its own come first."""
        links = [self._feed_link(tag, form) for tag in offered for form in FORMATS.values()]
        context = {
            "title": "",
            "description": "",
            "canonical": "",
            "lang": language,
            "dir": direction(language),
            "phrase": self._phrases.bound(language),
            "feeds": [replace(link, title=form.title) for link, form in zip(links, FORMATS.values(), strict=False)],
            "alternates": links,
        }
        return self._environment.get_template(template).render(context | values)

    def _feed_link(self, tag: Tag | None, form: Format) -> FeedLink:
        title = f"{channel_title(self._config, tag)} ({form.title})"
        address = self._urls.feed(Selection(tag.slug if tag else None), form.name)
        return FeedLink(title, form.media_type, address)


def _read_assets(folder: Path) -> Mapping[str, Asset]:
    assets = {}
    for path in sorted(folder.iterdir()):
        body = path.read_bytes()
        fingerprint = hashlib.sha256(body).hexdigest()[:12]
        assets[path.name] = Asset(body, _ASSET_TYPES[path.suffix], f"{path.stem}.{fingerprint}{path.suffix}")
    return assets
