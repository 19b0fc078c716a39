"""A reader as aggregators are: it follows a feed's archive to its first document, and keeps what it has read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
_HISTORY = "{http://purl.org/syndication/history/1.0}"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


@dataclass(frozen=True)
class Document:
    """A feed document as it was read: entries as canonical bytes by id, what it says is gone, and its links."""

    address: str
    etag: str
    entries: dict[str, bytes]
    gone: frozenset[str]
    links: dict[str, str]
    is_archive: bool


def read(answer: httpx.Response) -> Document:
    """The document in an answer with status 200 or 226."""
    address, etag = str(answer.url), answer.headers["etag"]
    if "json" in answer.headers["content-type"]:
        found = json.loads(answer.content)
        links = {"prev-archive": found["next_url"]} if "next_url" in found else {}
        entries = {item["id"]: json.dumps(item, sort_keys=True).encode() for item in found["items"]}
        return Document(address, etag, entries, frozenset(), links, "/archive-" in found["feed_url"])
    root = etree.fromstring(answer.content)
    feed = root if root.tag == f"{ATOM}feed" else root[0]
    name, key = ("item", "guid") if feed is not root else (f"{ATOM}entry", f"{ATOM}id")
    entries = {each.findtext(key, ""): etree.tostring(each, method="c14n") for each in feed.findall(name)}
    assert len(entries) == len(feed.findall(name))
    links = {link.get("rel", ""): link.get("href", "") for link in feed.findall(f"{ATOM}link")}
    gone = frozenset(each.get("ref", "") for each in feed.findall(_TOMBSTONE))
    return Document(address, etag, entries, gone, links, feed.find(f"{_HISTORY}archive") is not None)


def walk(http: httpx.Client, address: str) -> Iterator[Document]:
    """The document at an address, and its archive back to the first, each read when it is asked for."""
    while address:
        answer = http.get(address)
        assert answer.status_code == 200, address
        document = read(answer)
        yield document
        address = document.links.get("prev-archive", "")


def numbers(documents: list[Document]) -> list[int]:
    """The numbers of archive documents, by their addresses."""
    return [int(each.address.rpartition("/archive-")[2].partition(".")[0]) for each in documents]


class Mirror:
    """A copy of a selection, kept by polling: plainly, or for what has changed (RFC 3229).

    A whole feed may have lost what has come and gone since the last one; then it leads to archive documents that are
    new, which have it (RFC 5005 section 4).
    """

    def __init__(self, http: httpx.Client, address: str, *, deltas: bool) -> None:
        self.entries: dict[str, bytes] = {}
        self.bytes = 0
        self.statuses: list[int] = []
        self._http = http
        self._address = address
        self._asking = {"A-IM": "feed"} if deltas else {}
        self._read: set[str] = set()
        self._etag = '"none"'
        self.poll()

    def poll(self) -> None:
        """Ask once."""
        answer = self._get(self._address, {"If-None-Match": self._etag, **self._asking})
        self.statuses.append(answer.status_code)
        self._etag = answer.headers["etag"]
        if answer.status_code == 304:
            return
        documents = [read(answer)]
        while answer.status_code == 200 and (before := documents[-1].links.get("prev-archive")) not in self._read:
            if before is None:
                break
            self._read.add(before)
            documents.append(read(self._get(before, {})))
        # The oldest first, so that what is newer is kept.
        for document in reversed(documents):
            self.entries |= document.entries
            for gone in document.gone:
                self.entries.pop(gone, None)

    def _get(self, address: str, headers: dict[str, str]) -> httpx.Response:
        answer = self._http.get(address, headers=headers)
        self.bytes += int(answer.headers.get("content-length", 0))
        return answer
