"""Articles: written, read, and moved through their lives."""

import hashlib
import json
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, g, request
from werkzeug.http import parse_etags

from feedsvc import audit
from feedsvc.desk.transaction import Actor
from feedsvc.errors import Conflict, Missing, NotFound, Rejected, Stale
from feedsvc.item import Item, read_item
from feedsvc.newsroom import Newsroom, Once, Written
from feedsvc.patches import patched
from feedsvc.records import Query, Record
from feedsvc.service import Service
from feedsvc.web.api.models import (
    Deed,
    History,
    Listing,
    ListQuery,
    Patch,
    Reason,
    Release,
    WriteQuery,
)
from feedsvc.web.api.operations import JSON, MERGE_PATCH, Api

SEEN_SECONDS = 2.0
"""How long whoever has written waits, at most, until this process shows it to whoever asks next."""

_DEEDS = frozenset({"publish", "schedule", "retract", "restore", "history"})
_CHANGE = (404, 409, 412, 428)


def declare_articles(api: Api) -> None:
    """`/articles`, `/articles/{id}`, and what is done to one: publish, schedule, retract, restore; its history."""
    service = api.service

    @api.operation(
        "POST",
        "/articles",
        "edit",
        {201: Item},
        body=Item,
        problems=(409,),
        headers=("Idempotency-Key", "Location"),
    )
    def create_article(body: Item) -> Response:
        """Take in a new article: published, unless its `_feedsvc.status` is `draft` or `scheduled`."""
        _require_addressable(body.id or "")
        return _written(service, newsroom(service).create(body, _once()))

    @api.operation("GET", "/articles", "read", {200: Listing}, query=ListQuery, problems=(404,), headers=("Link",))
    def list_articles(query: ListQuery) -> Response:
        """List articles: drafts by their ids, then all others, the last accepted first."""
        wanted = Query(query.status, query.tag, query.language, query.since, query.q)
        with service.database.read() as connection:
            records, after = service.records.page(connection, wanted, query.after, query.limit)
        told: dict[str, Any] = {"items": [record.item for record in records]}
        headers = {}
        if after:
            given = [(name, values[-1]) for name, values in request.args.lists() if name != "after"]
            told["next"] = f"{service.config.base_url}/api/articles?{urlencode([*given, ('after', after)])}"
            headers["Link"] = f'<{told["next"]}>; rel="next"'
        return answer(told, headers=headers)

    @api.operation("GET", "/articles/{id}", "read", {200: Item, 304: None}, problems=(404,), headers=("ETag",))
    def get_article(guid: str) -> Response:
        """Get one article, whatever its status."""
        with service.database.read() as connection:
            record = service.records.require(connection, guid)
        if parse_etags(request.headers.get("If-None-Match")).contains_weak(record.etag):
            return Response(status=304, headers={"ETag": f'"{record.etag}"', "Cache-Control": "private, no-cache"})
        return _article(service, record)

    @api.operation(
        "PUT",
        "/articles/{id}",
        "edit",
        {200: Item, 201: Item},
        body=Item,
        query=WriteQuery,
        problems=(409, 412, 428),
        headers=("If-Match", "If-None-Match", "Location"),
    )
    def put_article(guid: str, body: Item, query: WriteQuery) -> Response:
        """Replace an article, or create it under an id of your own."""

        def make(record: Record | None) -> Item:
            _require_written(record)
            return body

        return _written(service, newsroom(service).write(guid, make, _expect(service), silent=query.silent))

    @api.operation(
        "PATCH",
        "/articles/{id}",
        "edit",
        {200: Item},
        body=Patch,
        takes=(MERGE_PATCH, JSON),
        query=WriteQuery,
        problems=_CHANGE,
        headers=("If-Match",),
    )
    def patch_article(guid: str, body: Patch, query: WriteQuery) -> Response:  # noqa: ARG001 - as it was sent, below
        """Change some members of an article."""

        expected = _expect(service)

        def expect(record: Record | None) -> None:
            if record is None:
                raise NotFound(f"There is no article with the id {guid}.")
            expected(record)

        def make(record: Record | None) -> Item:
            _require_written(record)
            return read_item(patched(record.item if record else {}, g.sent))

        return _written(service, newsroom(service).write(guid, make, expect, silent=query.silent))

    @api.operation(
        "DELETE", "/articles/{id}", "edit", {200: Item}, query=Reason, problems=_CHANGE, headers=("If-Match",)
    )
    def delete_article(guid: str, query: Reason) -> Response:
        """Retract an article: it leaves every feed, and its address answers 410."""
        return _written(service, newsroom(service).retract(guid, query.reason, _expect(service)))

    @api.operation("POST", "/articles/{id}/publish", "publish", {200: Item}, problems=_CHANGE, headers=("If-Match",))
    def publish_article(guid: str) -> Response:
        """Publish a draft now, scheduled or not."""
        return _written(service, newsroom(service).release(guid, _expect(service)))

    @api.operation(
        "POST",
        "/articles/{id}/schedule",
        "publish",
        {200: Item},
        body=Release,
        problems=_CHANGE,
        headers=("If-Match",),
    )
    def schedule_article(guid: str, body: Release) -> Response:
        """Have a draft publish itself at a moment."""
        return _written(service, newsroom(service).schedule(guid, body.date_published, _expect(service)))

    @api.operation(
        "POST",
        "/articles/{id}/retract",
        "edit",
        {200: Item},
        body=Reason,
        problems=_CHANGE,
        headers=("If-Match",),
    )
    def retract_article(guid: str, body: Reason) -> Response:
        """Retract an article, as DELETE does."""
        return _written(service, newsroom(service).retract(guid, body.reason, _expect(service)))

    @api.operation("POST", "/articles/{id}/restore", "edit", {200: Item}, problems=_CHANGE, headers=("If-Match",))
    def restore_article(guid: str) -> Response:
        """Put a retracted article back, under the same id; one that was never published is a draft again."""
        return _written(service, newsroom(service).restore(guid, _expect(service)))

    @api.operation("GET", "/articles/{id}/history", "read", {200: History}, problems=(404,))
    def article_history(guid: str) -> Response:
        """Who did what to an article, and when: the newest thousand deeds."""
        with service.database.read() as connection:
            service.records.require(connection, guid)
            lines = audit.lines(connection, 1000, subject=guid, of="article")
        deeds = [Deed(at=line.at, actor=line.actor, deed=line.deed, detail=line.detail) for line in lines]
        return answer(History(deeds=deeds).model_dump(mode="json"))


def newsroom(service: Service) -> Newsroom:
    """The newsroom, for the key of the request."""
    return service.newsroom.by(Actor(g.key.name, publishes=g.key.allows("publish")))


def answer(told: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A response in JSON that nobody but its receiver keeps."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, {"Cache-Control": "private, no-cache"} | (headers or {}), mimetype=JSON)


def _article(service: Service, record: Record, status: int = 200) -> Response:
    headers = {"ETag": f'"{record.etag}"'}
    if status == 201:
        headers["Location"] = f"{service.config.base_url}/api/articles/{quote(record.guid, safe='')}"
    return answer(record.item, status, headers)


def _written(service: Service, written: Written) -> Response:
    service.follower.wait_for(written.seq, SEEN_SECONDS)
    return _article(service, written.record, 201 if written.created else 200)


def _require_addressable(guid: str) -> None:
    # WSGI gives the path decoded, where a slash of the id is one like any other.
    if guid.startswith("/") or (guid.rpartition("/")[2] in _DEEDS and "/" in guid):
        raise Rejected("begins with / or ends like a deed of this API, so that it could not be asked for", "/id")


def _require_written(record: Record | None) -> None:
    if record is not None and record.status in ("retracted", "expired"):
        raise Conflict("The article was retracted; restore it before it is changed.")


def _once() -> Once | None:
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key:
        return None
    if len(key) > 255:
        raise Rejected("has more than 255 characters", "Idempotency-Key")
    asked = json.dumps(g.sent, sort_keys=True)
    return Once(_hash(f"{g.key.name}\0{key}"), _hash(asked))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _expect(service: Service) -> Any:
    """What the request takes the article to be (RFC 9110 section 13), as a newsroom asks it."""
    match, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")

    def expect(record: Record | None) -> None:
        if record is None:
            if match is not None:
                raise Stale("There is no article with this id.")
            return
        if none_match is not None and parse_etags(none_match).contains_weak(record.etag):
            raise Stale("There is an article with this id already.")
        if match is None and service.config.api_if_match:
            raise Missing("Say what you have seen of the article, with If-Match.")
        if match is not None and not parse_etags(match).contains(record.etag):
            raise Stale("The article is not what you have seen; get it again.")

    return expect
