"""The addresses of search."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from feedsvc.errors import Moved, NotFound
from feedsvc.formats import FORMATS
from feedsvc.search.question import canonical
from feedsvc.service import Service
from feedsvc.urls import asking
from feedsvc.web.answers import answer


def search(service: Service) -> Blueprint:
    """`/search?q=<text>` and `/feeds/search.<format>?q=<text>`."""
    blueprint = Blueprint("search", __name__)
    press, urls = service.press.search, service.urls

    @blueprint.get("/search")
    def page() -> Response:
        text = _asked(urls.search)
        return answer(request, lambda encoding: press.page(text, encoding))

    @blueprint.get("/feeds/search.<extension>")
    def feed(extension: str) -> Response:
        form = FORMATS.get(extension.lower())
        if form is None:
            raise NotFound("There is no such format.")
        text = _asked(lambda asked: urls.search_feed(asked, form.name), spelled=extension == form.name)
        if not text:
            raise NotFound("Nothing is asked.")
        return answer(request, lambda encoding: press.feed(text, form, encoding))

    return blueprint


def _asked(address: Callable[[str], str], *, spelled: bool = True) -> str:
    """What is asked, canonical. Raises `Moved` to the address that it has, if it is asked in another spelling."""
    text = canonical(request.args.get("q", ""))
    given = [each for each in request.query_string.decode("latin-1").split("&") if each.partition("=")[0] == "q"]
    if not spelled or "&".join(given) != asking(text):
        raise Moved(address(text))
    return text
