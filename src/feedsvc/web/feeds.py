"""The feeds' addresses."""

from flask import Blueprint, Response, request

from feedsvc.errors import NotFound
from feedsvc.formats import FORMATS
from feedsvc.service import Service
from feedsvc.web.answers import answer
from feedsvc.web.selections import read_selection


def feeds(service: Service) -> Blueprint:
    """`/feeds/news-line.<format>` and `/feeds/tags/<tag>.<format>`."""
    blueprint = Blueprint("feeds", __name__)
    press = service.press

    @blueprint.get("/feeds/<path:address>")
    def feed(address: str) -> Response:
        stem, _, extension = address.rpartition(".")
        form = FORMATS.get(extension.lower())
        if form is None:
            raise NotFound("There is no such format.")
        selection = read_selection(stem)
        if address != f"{selection.name}.{form.name}":
            press.require(selection, lambda found: service.urls.feed(found, form.name))
        return answer(request, lambda encoding: press.feeds.feed(selection, form, encoding))

    return blueprint
