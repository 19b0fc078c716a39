"""Every public address there is, and what is answered there, to whoever asks in whatever way."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from conftest import Site
from web_tools import BASE, DECODERS, Raw, raw

# By the rule of its route; `{slug}`, `{tag}` and `{guid}` are each of the names that are tried.
ROUTES = {
    "/": ("/", "/?before=0", "/?before=1", "/?before=2", "/?before=3", "/?before=x", "//"),
    "/tags": ("/tags", "/TAGS/"),
    "/tags/<path:tag>": ("/tags/{tag}", "/tags/%23{tag}", "/tags/{tag}?before=1", "/tags/{tag}?before=2"),
    "/authors/<path:name>": ("/authors/{tag}", "/authors/{slug}"),
    "/<language>/news-line": ("/en/news-line", "/az/news-line?before=1", "/{tag}/news-line"),
    "/<language>/tags/<path:tag>": ("/en/tags/{tag}", "/az/tags/{tag}+!x"),
    "/subscribe/<path:name>": ("/subscribe/news-line", "/subscribe/tags/{tag}", "/subscribe/en/tags/{tag}"),
    "/articles/<slug>": ("/articles/{slug}", "/articles/{slug}.", "/articles/{guid}"),
    "/articles/<slug>/reads": ("/articles/{slug}/reads",),
    "/feeds/<path:address>": (
        *(f"/feeds/news-line.{form}" for form in ("rss", "atom", "json")),
        *(f"/feeds/tags/{{tag}}.{form}" for form in ("rss", "atom", "json")),
        *(f"/feeds/news-line/archive-{part}.atom" for part in (1, 2)),
        *(
            "/feeds/tags/!{tag}.atom",
            "/feeds/tags/{tag},en.json",
            "/feeds/en/tags/{tag}.rss",
            "/feeds/authors/{tag}.rss",
        ),
        "/feeds/tags/{tag}.xml",
    ),
    # Words that stand in what is not published.
    "/search": ("/search", "/search?q=true", "/search?q=karabakh", "/search?q=++true"),
    "/feeds/search.<extension>": tuple(f"/feeds/search.{form}?q=true" for form in ("rss", "atom", "json", "xml")),
    '/<any("most-read", "most-read-week"):name>': ("/most-read", "/most-read-week"),
    '/feeds/<any("most-read", "most-read-week"):name>.<extension>': (
        *(f"/feeds/most-read.{form}" for form in ("rss", "atom", "json", "xml")),
        *(f"/feeds/most-read-week.{form}" for form in ("rss", "atom", "json")),
    ),
    "/headlines/<path:address>": (
        *("/headlines/news-line.json", "/headlines/news-line.html?count=20"),
        *("/headlines/tags/{tag}.json", "/headlines/tags/{tag}.html"),
    ),
    "/embed": ("/embed", "/embed?tag={tag}"),
    "/embed/<path:name>": ("/embed/news-line?count=20", "/embed/tags/{tag}"),
    "/embed/articles/<slug>": ("/embed/articles/{slug}", "/embed/articles/{slug}?theme=dark"),
    "/oembed": (
        *(f"/oembed?url={BASE}/articles/{{slug}}&format={form}" for form in ("json", "xml")),
        *(f"/oembed?url={BASE}/tags/{{tag}}&format={form}" for form in ("json", "xml")),
        f"/oembed?url={BASE}/&maxwidth=300",
    ),
    "/assets/<name>": ("/assets/{slug}", "/assets/feedsvc.css"),
    "/apple-touch-icon.png": ("/apple-touch-icon.png",),
    "/favicon.ico": ("/favicon.ico",),
    "/embed.js": ("/embed.js",),
    "/feeds.opml": ("/feeds.opml",),
    "/feeds/<language>.opml": ("/feeds/en.opml", "/feeds/az.opml", "/feeds/{tag}.opml"),
    "/opensearch.xml": ("/opensearch.xml",),
    "/sitemap.xml": ("/sitemap.xml",),
    "/sitemaps/<name>": tuple(f"/sitemaps/{kind}-{part}.xml" for kind in ("articles", "tags") for part in (0, 1)),
    "/news-sitemap.xml": ("/news-sitemap.xml",),
    "/robots.txt": ("/robots.txt",),
    "/manifest.webmanifest": ("/manifest.webmanifest",),
    "/.well-known/host-meta": ("/.well-known/host-meta",),
    "/.well-known/security.txt": ("/.well-known/security.txt",),
    "/hub": ("/hub", "/hub?hub.topic={slug}"),
    "/<name>.txt": ("/{slug}.txt", "/robot.txt"),
    "/health": ("/health",),
    "/ready": ("/ready",),
    "/metrics": ("/metrics",),
    "/api/openapi.json": ("/api/openapi.json",),
    "/api/docs": ("/api/docs",),
    # These need a key, and nobody has one.
    "/api/articles": (
        "/api/articles",
        "/api/articles?q={slug}",
        "/api/articles?tag={tag}",
        "/api/articles?status=draft",
    ),
    "/api/articles/<path:guid>": ("/api/articles/{guid}",),
    **{
        f"/api/articles/<path:guid>/{deed}": (f"/api/articles/{{guid}}/{deed}",)
        for deed in ("publish", "schedule", "retract", "restore", "history")
    },
    "/api/tags": ("/api/tags",),
    "/api/tags/<path:tag>": ("/api/tags/{tag}",),
    **{f"/api/tags/<path:tag>/{deed}": (f"/api/tags/{{tag}}/{deed}",) for deed in ("merge", "retire", "restore")},
    "/api/import": ("/api/import",),
    "/api/journal": ("/api/journal", "/api/journal?after=0"),
}

PLAIN = {"identity": ("GET", {"Accept-Encoding": "identity"})}
CODED = {coding: ("GET", {"Accept-Encoding": coding}) for coding in DECODERS}
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    **PLAIN,
    **CODED,
    "HEAD": ("HEAD", {}),
    "a part": ("GET", {"Range": "bytes=0-1999"}),
    "since": ("GET", {"If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"}),
    "DELETE": ("DELETE", {}),
    "OPTIONS": ("OPTIONS", {}),
}

# What these count, and when they look, is told of nobody; how far the journal has come would be, and is compared.
_COUNTING = {"/ready": r"journal followed to \d+", "/metrics": r"draft|scheduled"}


class Answer(NamedTuple):
    """What was answered, decoded, but for the time at which it was."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """All that it says, in small letters."""
        return "\n".join([*map(": ".join, self.fields), self.body.decode(errors="replace")]).lower()

    def field(self, name: str) -> str:
        """The value of a header field; empty where there is none."""
        return dict(self.fields).get(name, "")


def ask(site: Site, target: str, method: str = "GET", **headers: str) -> Answer:
    """What `target` answers to whoever has no key."""
    return _answer(raw(site, target, method, None, **headers))


def addresses(names: Mapping[str, Iterable[str]]) -> list[str]:
    """Every address, with each of the names that are tried in its place."""
    found = []
    for each in (address for listed in ROUTES.values() for address in listed):
        place = re.search(r"\{(\w+)\}", each)
        found += [each.replace(place[0], quote(name, safe="")) for name in names[place[1]]] if place else [each]
    return found


def walk(
    site: Site, targets: Iterable[str], ways: Mapping[str, tuple[str, dict[str, str]]] = WAYS
) -> dict[tuple[str, str], Answer]:
    """What each address answers to each way of asking."""
    answers: dict[tuple[str, str], Answer] = {}
    for target in targets:
        for way, (method, headers) in ways.items():
            # What is no document is not encoded, and has no part and no date.
            if way in ("identity", "HEAD", "DELETE") or answers[target, "identity"].status in (200, 410):
                answers[target, way] = ask(site, target, method, **headers)
    return answers


def changed(before: Mapping[tuple[str, str], Answer], after: Mapping[tuple[str, str], Answer]) -> list[tuple[str, str]]:
    """Where and how asked another thing is answered now, to the byte; what only counts is left out."""
    return [key for key, answer in after.items() if _told(key[0], before[key]) != _told(key[0], answer)]


def telling(answers: Mapping[tuple[str, str], Answer], word: str) -> Iterator[tuple[str, str]]:
    """Where and how asked a word is told in any spelling."""
    return (key for key, answer in answers.items() if word.lower() in answer.text)


def _told(target: str, answer: Answer) -> Any:
    counting = _COUNTING.get(target)
    return re.findall(counting, answer.body.decode(), re.MULTILINE) if counting else answer


def _answer(response: Raw) -> Answer:
    coding = response.headers.get("content-encoding", "")
    body = DECODERS[coding](response.body) if coding and response.body else response.body
    if response.status == 404:
        # Whoever asks for a name is told that there is none such, and may be told the name.
        body = re.sub("There is no ([a-z ]+) “[^”]*”".encode(), rb"There is no \1", body)
    fields = tuple((name, value) for name, value in response.fields if name not in ("date", "server", "connection"))
    return Answer(response.status, fields, body)
