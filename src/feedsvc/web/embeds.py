"""The addresses of what others show on their pages."""

from flask import Blueprint, Response, abort, request

from feedsvc.errors import Moved, NotFound
from feedsvc.looks import PARAMETERS, PLAIN, Look, read_look
from feedsvc.oembed import FORMS, read_bounds
from feedsvc.selection import Selection, read_selection
from feedsvc.service import Service
from feedsvc.web.answers import answer


def embeds(service: Service) -> Blueprint:
    """`/headlines/<selection>.<json|html>`, `/embed`, `/embed/<selection>`, `/embed/articles/<slug>`, `/oembed`."""
    blueprint = Blueprint("embeds", __name__)
    press, urls = service.press, service.urls

    @blueprint.get("/headlines/<path:address>")
    def headlines(address: str) -> Response:
        stem, _, extension = address.rpartition(".")
        kind = extension.lower()
        if kind not in ("json", "html"):
            raise NotFound("There are no headlines in such a format.")
        selection = read_selection(stem)
        look = Look(_look().count) if kind == "html" else PLAIN
        if address != f"{selection.name}.{kind}":
            press.require(selection, lambda found: urls.headlines(found, kind, look))
        if kind == "json":
            return answer(request, lambda encoding: press.embeds.headlines(selection, encoding))
        # However the look is spelled: what puts pages together from pieces follows no redirect.
        return answer(request, lambda encoding: press.embeds.fragment(selection, look, encoding))

    @blueprint.get("/embed")
    def workbench() -> Response:
        tag = request.args.get("tag", "")
        selection = read_selection(f"tags/{tag}") if tag else Selection()
        look = _look()
        if tag != (selection.tag or "") or _given() != look.query:
            press.require(selection, lambda found: urls.embed(found, look))
        return answer(request, lambda encoding: press.embeds.workbench(selection, look, encoding))

    @blueprint.get("/embed/articles/<slug>")
    def card(slug: str) -> Response:
        look = _look().only_theme()
        _require_spelling(look, urls.card(slug, look))
        return answer(request, lambda encoding: press.embeds.card(slug, look, encoding))

    @blueprint.get("/embed/<path:name>")
    def frame(name: str) -> Response:
        selection, look = read_selection(name), _look()
        if name != selection.name:
            press.require(selection, lambda found: urls.frame(found, look))
        _require_spelling(look, urls.frame(selection, look))
        return answer(request, lambda encoding: press.embeds.frame(selection, look, encoding))

    @blueprint.get("/oembed")
    def oembed() -> Response:
        form = request.args.get("format") or "json"
        if form not in FORMS:
            abort(501)
        bounds = read_bounds(request.args)
        path = urls.within(request.args.get("url", ""))
        if path is None:
            raise NotFound("That is no page of ours.")
        folder, _, slug = path.removeprefix("/").partition("/")
        if folder == "articles":
            return answer(request, lambda encoding: press.oembed.article(slug, form, bounds, encoding))
        selection = read_selection(f"{folder}/{slug}") if folder else Selection()
        return answer(request, lambda encoding: press.oembed.selection(selection, form, bounds, encoding))

    def _look() -> Look:
        return read_look(request.args, service.templates.phrases.languages, service.config.language)

    return blueprint


def _given() -> str:
    """What the query says of a look, in the order in which it says it."""
    return "&".join(f"{name}={value}" for name, value in request.args.items(multi=True) if name in PARAMETERS)


def _require_spelling(look: Look, address: str) -> None:
    """Raise `Moved` to `address` where the query asks for `look` in other words than the canonical ones."""
    if _given() != look.query:
        raise Moved(address)
