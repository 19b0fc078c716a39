"""The files that the pages are shown with: stylesheets, scripts, pictures."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from feedsvc.errors import NotFound

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the pages, and its name with a fingerprint of its bytes in it."""

    body: bytes
    content_type: str
    fingerprinted: str

    @property
    def integrity(self) -> str:
        """What a page says that it must be (Subresource Integrity, section 3.1)."""
        return f"sha384-{b64encode(hashlib.sha384(self.body).digest()).decode()}"


class Assets:
    """Every file of a site, each under its plain and its fingerprinted name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._by_name: dict[str, Asset] = {}
        for name, body in files.items():
            path = PurePath(name)
            fingerprint = hashlib.sha256(body).hexdigest()[:12]
            # What others have pinned is kept as a file of its fingerprinted name, and gets no second fingerprint.
            kept = path.stem.endswith(f".{fingerprint}")
            final = name if kept else f"{path.stem}.{fingerprint}{path.suffix}"
            self._by_name[name] = Asset(body, _TYPES[path.suffix], final)
        self._by_fingerprint = {asset.fingerprinted: asset for asset in self._by_name.values()}

    def __iter__(self) -> Iterator[str]:
        """The plain names."""
        return iter(self._by_name)

    def __getitem__(self, name: str) -> Asset:
        """The file of a plain or fingerprinted name. Raises `NotFound`."""
        asset = self._by_name.get(name) or self._by_fingerprint.get(name)
        if asset is None:
            raise NotFound("There is no such file.")
        return asset
