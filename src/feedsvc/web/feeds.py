"""The feeds' addresses."""

from flask import Blueprint, Response, request

from feedsvc.errors import NotFound
from feedsvc.formats import FORMATS, Format
from feedsvc.service import Service
from feedsvc.slugs import slugify
from feedsvc.urls import NEWS_LINE, Selection
from feedsvc.web.answers import answer


def feeds(service: Service) -> Blueprint:
    """`/feeds/news-line.<format>` and `/feeds/tags/<tag>.<format>`."""
    blueprint = Blueprint("feeds", __name__)

    @blueprint.get("/feeds/<path:address>")
    def feed(address: str) -> Response:
        selection, form = _parse(address)
        if address != f"{selection.name}.{form.name}":
            service.press.require(selection, lambda found: service.urls.feed(found, form.name))
        return answer(request, lambda encoding: service.press.feed(selection, form, encoding))

    return blueprint


def _parse(address: str) -> tuple[Selection, Format]:
    stem, _, extension = address.rpartition(".")
    form = FORMATS.get(extension.lower())
    folder, _, tag = stem.partition("/")
    if form and stem.lower() == NEWS_LINE:
        return Selection(), form
    if form and folder.lower() == "tags" and (slug := slugify(tag)):
        return Selection(slug), form
    raise NotFound("There is no such feed.")
