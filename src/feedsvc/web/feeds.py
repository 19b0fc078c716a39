"""The feeds' addresses."""

from flask import Blueprint, Response, request

from feedsvc.errors import NotFound
from feedsvc.formats import FORMATS
from feedsvc.selection import read_archive
from feedsvc.service import Service
from feedsvc.web.answers import answer
from feedsvc.web.deltas import answer_with_delta, wants_delta


def feeds(service: Service) -> Blueprint:
    """`/feeds/<selection>.<format>`, and its archive: `/feeds/<selection>/archive-<part>.<format>`."""
    blueprint = Blueprint("feeds", __name__)
    press, urls = service.press, service.urls

    @blueprint.get("/feeds/<path:address>")
    def feed(address: str) -> Response:
        stem, _, extension = address.rpartition(".")
        form = FORMATS.get(extension.lower())
        if form is None:
            raise NotFound("There is no such format.")
        selection, part = read_archive(stem)
        if part is not None:
            if address != f"{selection.name}/archive-{part}.{form.name}":
                press.require(selection, lambda found: urls.archive(found, part, form.name))
            return answer(request, lambda encoding: press.feeds.archive(selection, part, form, encoding))
        if address != f"{selection.name}.{form.name}":
            press.require(selection, lambda found: urls.feed(found, form.name))
        if wants_delta(request):
            return answer_with_delta(request, press.feeds, selection, form)
        return answer(request, lambda encoding: press.feeds.feed(selection, form, encoding))

    return blueprint
