"""The pages' addresses: the News Line, tags, articles, and the files they are shown with."""

from ipaddress import ip_network

from flask import Blueprint, Response, jsonify, request

from feedsvc.errors import NotFound
from feedsvc.selection import NEWS_LINE, Selection, read_selection
from feedsvc.service import Service
from feedsvc.web.answers import answer


def pages(service: Service) -> Blueprint:
    """`/`, `/tags`, `/tags/<tags>`, `/authors/<author>`, those of a language, `/subscribe/<selection>`,
    `/articles/<slug>` with its reads, `/assets/<name>`."""
    blueprint = Blueprint("pages", __name__)
    press = service.press.pages

    @blueprint.get("/")
    def home() -> Response:
        before = _before()
        return answer(request, lambda encoding: press.line(Selection(), before, encoding))

    @blueprint.get("/tags")
    def tags() -> Response:
        return answer(request, press.tags)

    @blueprint.get("/tags/<path:tag>")
    def tag(tag: str) -> Response:
        return _line(f"tags/{tag}")

    @blueprint.get("/authors/<path:name>")
    def author(name: str) -> Response:
        return _line(f"authors/{name}")

    @blueprint.get("/<language>/news-line")
    def language(language: str) -> Response:
        return _line(f"{language}/{NEWS_LINE}")

    @blueprint.get("/<language>/tags/<path:tag>")
    def tag_in(language: str, tag: str) -> Response:
        return _line(f"{language}/tags/{tag}")

    @blueprint.get("/subscribe/<path:name>")
    def subscribe(name: str) -> Response:
        selection = read_selection(name)
        if name != selection.name:
            service.press.require(selection, service.urls.subscribe)
        return answer(request, lambda encoding: press.subscribe(selection, encoding))

    @blueprint.get("/articles/<slug>")
    def article(slug: str) -> Response:
        return answer(request, lambda encoding: press.article(slug, encoding))

    @blueprint.post("/articles/<slug>/reads")
    def reads(slug: str) -> Response:
        # Only our own page may count: a page elsewhere could have its readers count for it.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return Response("Readings are counted from the article's own page.\n", 403, mimetype="text/plain")
        total = service.reads.count(press.number(slug), _client(request.remote_addr or ""))
        response = jsonify(reads=total)
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/assets/<name>")
    def asset(name: str) -> Response:
        return answer(request, lambda encoding: press.asset(name, encoding))

    @blueprint.get("/embed.js")
    @blueprint.get("/favicon.ico")
    @blueprint.get("/apple-touch-icon.png")
    def file() -> Response:
        return answer(request, lambda encoding: press.file(request.path[1:], encoding))

    def _line(name: str) -> Response:
        selection, before = read_selection(name), _before()
        if name != selection.name:
            service.press.require(selection, lambda found: service.urls.page(found, before))
        return answer(request, lambda encoding: press.line(selection, before, encoding))

    return blueprint


def _client(address: str) -> str:
    """Who reads: an IPv4 address, or the /64 network that one IPv6 household has to itself."""
    return str(ip_network((address, 64), strict=False)) if ":" in address else address


def _before() -> int | None:
    """The article number after which a page goes on. Raises `NotFound` for what is none."""
    value = request.args.get("before")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and value == str(int(value[:18]))):
        raise NotFound("There is no such page.")
    return int(value)
