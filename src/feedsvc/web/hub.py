"""The hub's address, and IndexNow's key."""

from flask import Blueprint, Response, request

from feedsvc.errors import NotFound, TooMany
from feedsvc.headers import SAFETY
from feedsvc.push.hub import Unacceptable
from feedsvc.push.strangers import Unwelcome
from feedsvc.service import Service


def hub(service: Service) -> Blueprint:
    """`POST /hub` (WebSub section 5.1), and `/<key>.txt`, which proves to search engines that the key is ours."""
    blueprint = Blueprint("hub", __name__)
    key = service.config.indexnow_key

    @blueprint.post("/hub", endpoint="hub")
    def ask() -> Response:
        try:
            service.hub.take(request.form)
        except (Unacceptable, Unwelcome) as error:
            return _plain(str(error), 400)
        except TooMany as error:
            answer = _plain(str(error), 429)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        service.pushing.dispatcher.wake()
        return _plain("The callback will be asked whether it means it.", 202)

    @blueprint.get("/<name>.txt", endpoint="key")
    def prove(name: str) -> Response:
        if not key or name != key:
            raise NotFound("There is nothing at this address.")
        return _plain(key, 200)

    return blueprint


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n" if status != 200 else text, status, SAFETY, mimetype="text/plain")
