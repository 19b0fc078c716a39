"""The addresses of what is read most."""

from flask import Blueprint, Response, request

from feedsvc.errors import Moved, NotFound
from feedsvc.formats import FORMATS
from feedsvc.selection import RANKINGS, Selection
from feedsvc.service import Service
from feedsvc.web.answers import answer

_WINDOWS = {name: window for window, name in RANKINGS.items()}
_NAMES = ", ".join(f'"{name}"' for name in _WINDOWS)


def rankings(service: Service) -> Blueprint:
    """`/most-read` and `/feeds/most-read.<format>`, and the same of the week."""
    blueprint = Blueprint("rankings", __name__)
    press, urls = service.press.rankings, service.urls

    @blueprint.get(f"/<any({_NAMES}):name>")
    def most_read(name: str) -> Response:
        return answer(request, lambda encoding: press.page(_WINDOWS[name], encoding))

    @blueprint.get(f"/feeds/<any({_NAMES}):name>.<extension>")
    def most_read_feed(name: str, extension: str) -> Response:
        form = FORMATS.get(extension.lower())
        if form is None:
            raise NotFound("There is no such format.")
        if extension != form.name:
            raise Moved(urls.feed(Selection(ranking=_WINDOWS[name]), form.name))
        return answer(request, lambda encoding: press.feed(_WINDOWS[name], form, encoding))

    return blueprint
