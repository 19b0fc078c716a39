"""What the API says of itself: an OpenAPI 3.1 document, made from the operations, and a page to read it."""

import json
from functools import cache
from typing import Any

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from feedsvc import __version__
from feedsvc.headers import PAGE_SAFETY
from feedsvc.pages.docs import DocsPages
from feedsvc.pages.templates import HTML
from feedsvc.web.api.operations import JSON, Api, Operation
from feedsvc.web.problems import PROBLEM_JSON, Problem

_REQUEST_HEADERS = {
    "If-Match": "What you have seen of the article: its ETag, or `*`. Where it is something else now: 412.",
    "If-None-Match": "`*` creates an article only where there is none; where there is one: 412.",
    "Idempotency-Key": "Any text of at most 255 characters that you use once: a request that is sent again under the "
    "same key within a day makes no second article.",
}
_ANSWER_HEADERS = {
    "ETag": "The state of the article, for If-Match and If-None-Match.",
    "Location": "Where the new article is, in this API.",
    "Link": 'The next page, as `rel="next"` (RFC 8288).',
}
_NAME = {"type": "string", "minLength": 1}
_ALWAYS = (401, 403, 429, 503)
_TITLES = {
    304: "It is what you have.",
    400: "The request cannot be read, or a parameter is wrong.",
    401: "There is no such key.",
    403: "The key is not good for this.",
    404: "There is no such article, tag or page.",
    409: "The state of the article or tag does not allow it.",
    412: "It is not what you have seen.",
    413: "The body is larger than the settings allow.",
    415: "The body is of no type that is taken.",
    422: "The content is wrong; `errors` points at each fault.",
    428: "The settings demand If-Match.",
    429: "Too many requests; Retry-After says how long to wait, in seconds.",
    503: "The database does not answer; Retry-After says when to try again, in seconds.",
}


def declare_documents(api: Api) -> None:
    """`/openapi.json`, and `/docs`, neither of which needs a key."""
    service = api.service
    pages = DocsPages(service.config, service.templates)

    @cache
    def document() -> dict[str, Any]:
        return _document(api)

    @api.blueprint.get("/openapi.json")
    def openapi() -> Response:
        body = json.dumps(document(), ensure_ascii=False, indent=2)
        return Response(body, mimetype=JSON, headers={"Cache-Control": "public, max-age=300"})

    @api.blueprint.get("/docs")
    def docs() -> Response:
        headers = [("Content-Type", HTML), ("Cache-Control", "no-cache"), *PAGE_SAFETY]
        return Response(pages.api(document()), headers=headers)


def _document(api: Api) -> dict[str, Any]:
    models = _models(api.operations)
    references, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in api.operations:
        told = _operation(operation, references)
        paths.setdefault(f"/api{operation.path}", {})[operation.method.lower()] = told
    config = api.service.config
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{config.title}: the authoring API",
            "version": __version__,
            "description": "An article is an item of JSON Feed 1.1; what JSON Feed lacks stands under `_feedsvc`.",
        },
        "servers": [{"url": config.base_url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A token of `feedsvc key create`."}
            },
        },
    }


def _models(operations: list[Operation]) -> list[tuple[type[BaseModel], Any]]:
    taken = [operation.body for operation in operations if operation.body is not None]
    given: list[type[BaseModel]] = [Problem]
    given += [model for operation in operations for model in operation.answers.values() if model is not None]
    return [(model, "validation") for model in taken] + [(model, "serialization") for model in given]


def _operation(operation: Operation, references: Any) -> dict[str, Any]:
    summary, _, more = (operation.view.__doc__ or "").partition("\n\n")
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary.rstrip("."),
        "description": f"{' '.join(more.split())} Needs a key for `{operation.scope}`.".strip(),
        "tags": [operation.path.split("/")[1]],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": {
            str(status): _answer(operation, status, model, references) for status, model in operation.answers.items()
        },
    }
    problems = {*operation.problems, *_ALWAYS}
    if operation.query is not None:
        problems.add(400)
    if operation.media_types:
        told["requestBody"] = _request_body(operation, references)
        problems |= {400, 413, 415, 422}
    problem = {PROBLEM_JSON: {"schema": references[Problem, "serialization"]}}
    for status in sorted(problems):
        told["responses"][str(status)] = {"description": _TITLES[status], "content": problem}
    return told


def _request_body(operation: Operation, references: Any) -> dict[str, Any]:
    if operation.body is None:
        return {"required": True, "content": {kind: {} for kind in operation.media_types}}
    schema = {"schema": references[operation.body, "validation"]}
    return {"required": operation.needs_body, "content": dict.fromkeys(operation.media_types, schema)}


def _answer(operation: Operation, status: int, model: type[BaseModel] | None, references: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"description": _TITLES.get(status, "Done." if status < 300 else "")}
    if model is not None:
        told["content"] = {operation.gives: {"schema": references[model, "serialization"]}}
    headers = {
        name: {"description": meaning, "schema": {"type": "string"}}
        for name, meaning in _ANSWER_HEADERS.items()
        if name in operation.headers and (name != "Location" or status == 201)
    }
    return told | ({"headers": headers} if headers else {})


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    meanings = {"id": "The id of the article, percent-encoded.", "tag": "The tag, in any spelling."}
    return [
        {"name": name, "in": "path", "required": True, "description": meaning, "schema": _NAME}
        for name, meaning in meanings.items()
        if f"{{{name}}}" in operation.path
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template="#/components/schemas/{model}")
    return [
        {"name": name, "in": "query", "required": False, "description": member.pop("description", ""), "schema": member}
        for name, member in schema["properties"].items()
    ]


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": False, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in _REQUEST_HEADERS.items()
        if name in operation.headers
    ]
