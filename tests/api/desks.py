"""Desks: clients of the API, each with a key of its own."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from conftest import Site


@dataclass
class Desk:
    """A client with a key."""

    site: Site
    token: str

    def ask(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """A request to a path of the API; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        authorized = {"Authorization": f"Bearer {self.token}"} | named
        return self.site.http.request(method, f"/api{path}", json=json, headers=authorized)

    def post(self, item: Any, **headers: str) -> httpx.Response:
        return self.ask("POST", "/articles", item, **headers)

    def put(self, guid: str, item: Any, **headers: str) -> httpx.Response:
        return self.ask("PUT", at(guid), item, **headers)

    def patch(self, guid: str, patch: Any, **headers: str) -> httpx.Response:
        return self.ask("PATCH", at(guid), patch, **headers)

    def get(self, guid: str, **headers: str) -> httpx.Response:
        return self.ask("GET", at(guid), **headers)

    def do(self, deed: str, guid: str, said: Any = None, **headers: str) -> httpx.Response:
        """One of the deeds that an article has addresses for."""
        return self.ask("POST", f"{at(guid)}/{deed}", said, **headers)

    def draft(self, guid: str, **members: Any) -> httpx.Response:
        """A draft that has been accepted."""
        item = {"title": "A draft", "content_html": "<p>Not yet.</p>"} | members
        answer = self.put(guid, item | {"_feedsvc": {"status": "draft"} | members.get("_feedsvc", {})})
        assert answer.status_code == 201, answer.text
        return answer

    def deeds(self, guid: str) -> list[dict[str, Any]]:
        """What was done to an article, the oldest first."""
        told: list[dict[str, Any]] = self.ask("GET", f"{at(guid)}/history").json()["deeds"]
        return told[::-1]

    def changes(self, after: int = 0) -> list[dict[str, Any]]:
        """The journal from a number on."""
        told: list[dict[str, Any]] = self.ask("GET", f"/journal?after={after}").json()["changes"]
        return told


def at(guid: str) -> str:
    """The path of an article."""
    return f"/articles/{quote(guid, safe='')}"


def pointers(answer: httpx.Response) -> list[str]:
    """What a problem points at."""
    return [error["pointer"] for error in answer.json()["errors"]]
