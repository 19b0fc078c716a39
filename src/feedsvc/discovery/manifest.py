"""The manifest of the site as an application (W3C Web Application Manifest)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from feedsvc.languages import direction

CONTENT_TYPE = "application/manifest+json"

_PAPER = "#fffdf9"


@dataclass(frozen=True, slots=True)
class Icon:
    """A picture of the site: where it is, its media type, its size (`192x192`, or `any`), what it is good for."""

    src: str
    type: str
    sizes: str
    purpose: str = "any"


def write_manifest(title: str, description: str, language: str, home: str, icons: Iterable[Icon]) -> bytes:
    """The manifest of a site that is read in a browser, with its tabs and its address bar."""
    content: dict[str, Any] = {
        "id": home,
        "name": title,
        "short_name": title,
        "description": description,
        "lang": language,
        "dir": direction(language),
        "start_url": home,
        "scope": home,
        "display": "browser",
        "theme_color": _PAPER,
        "background_color": _PAPER,
        "icons": [{"src": icon.src, "type": icon.type, "sizes": icon.sizes, "purpose": icon.purpose} for icon in icons],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
