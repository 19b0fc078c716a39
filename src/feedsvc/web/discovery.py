"""The addresses where programs look for something by themselves."""

import re

from flask import Blueprint, Response, request

from feedsvc.errors import Moved, NotFound
from feedsvc.press.sitemaps import ARTICLES, TAGS
from feedsvc.selection import read_language
from feedsvc.service import Service
from feedsvc.web.answers import answer

# As many digits as no archive ever needs, and no database refuses.
_PART = re.compile(rf"({ARTICLES}|{TAGS})-(0|[1-9]\d{{0,8}})\.xml", re.ASCII)


def discovery(service: Service) -> Blueprint:
    """`/sitemap.xml`, `/sitemaps/<part>.xml`, `/news-sitemap.xml`, `/robots.txt`, `/manifest.webmanifest`,
    `/feeds.opml` and `/feeds/<language>.opml`, `/opensearch.xml`, `/.well-known/host-meta` and
    `/.well-known/security.txt`."""
    blueprint = Blueprint("discovery", __name__)
    sitemap_press, press = service.press.sitemaps, service.press.discovery

    @blueprint.get("/sitemap.xml")
    def sitemap() -> Response:
        return answer(request, sitemap_press.index)

    @blueprint.get("/sitemaps/<name>")
    def sitemaps(name: str) -> Response:
        found = _PART.fullmatch(name)
        if found is None:
            raise NotFound("There is no such sitemap.")
        find = sitemap_press.articles if found[1] == ARTICLES else sitemap_press.tags
        return answer(request, lambda encoding: find(int(found[2]), encoding))

    @blueprint.get("/news-sitemap.xml")
    def news_sitemap() -> Response:
        return answer(request, sitemap_press.news)

    @blueprint.get("/robots.txt")
    def robots() -> Response:
        return answer(request, press.robots)

    @blueprint.get("/manifest.webmanifest")
    def manifest() -> Response:
        return answer(request, press.manifest)

    @blueprint.get("/feeds.opml")
    def opml() -> Response:
        return answer(request, service.press.opml.document)

    @blueprint.get("/feeds/<language>.opml")
    def opml_of(language: str) -> Response:
        named = read_language(language)
        if named != language:
            raise Moved(service.urls.opml(named))
        return answer(request, lambda encoding: service.press.opml.of_language(named, encoding))

    @blueprint.get("/opensearch.xml")
    def opensearch() -> Response:
        return answer(request, press.opensearch)

    @blueprint.get("/.well-known/host-meta")
    def host_meta() -> Response:
        return answer(request, press.host_meta)

    @blueprint.get("/.well-known/security.txt")
    def security() -> Response:
        return answer(request, press.security)

    return blueprint
