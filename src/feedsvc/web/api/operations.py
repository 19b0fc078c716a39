"""The operations of the API: each declared once, for whoever calls it, for what reads it, and for its documentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import MethodNotAllowed

from feedsvc.errors import Rejected
from feedsvc.intake import strict_json
from feedsvc.item import faults
from feedsvc.keys import Scope
from feedsvc.service import Service
from feedsvc.web.api.gate import Gate
from feedsvc.web.problems import Faulty

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address: who may call it, what it takes and what it gives.

    `answers` are models by status, None for an answer without a body; `problems` are the statuses of problem details
    that it may give beside those that every operation gives. `takes` are the media types of its body if that is not
    JSON; without a model, it reads that by itself.
    """

    method: str
    path: str
    scope: Scope
    view: Callable[..., Response]
    answers: Mapping[int, type[BaseModel] | None]
    problems: tuple[int, ...] = ()
    body: type[BaseModel] | None = None
    takes: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    gives: str = JSON

    @property
    def name(self) -> str:
        """Its name, which no other operation has."""
        return self.view.__name__

    @property
    def media_types(self) -> tuple[str, ...]:
        """What its body may be; nothing where it has none."""
        return self.takes or ((JSON,) if self.body is not None else ())

    @property
    def needs_body(self) -> bool:
        """Whether there is anything that it has to be told."""
        return self.body is not None and any(member.is_required() for member in self.body.model_fields.values())


@dataclass
class Api:
    """Every operation of one service, on a blueprint below `/api`."""

    service: Service
    operations: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint("api", __name__, url_prefix="/api")
        self._gate = Gate(self.service)

    def operation(
        self, method: str, path: str, scope: Scope, answers: Mapping[int, type[BaseModel] | None], **more: Any
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Have a function answer a method at a path, for keys of a scope.

        It is called with what the path names, `query` and `body` as their models, if the operation has any.
        """

        def declare(view: Callable[..., Response]) -> Callable[..., Response]:
            declared = Operation(method, path, scope, view, answers, **more)
            self.operations.append(declared)
            rule = path.replace("{id}", "<path:guid>").replace("{tag}", "<path:tag>")
            self.blueprint.add_url_rule(rule, declared.name, partial(self._call, declared), methods=[method])
            if not path.endswith("}") and ">/" in rule:
                # An id may have slashes, and this would be one for another method: `PUT …/publish` is a mistake.
                others = [other for other in ("GET", "PUT", "PATCH", "POST", "DELETE") if other != method]
                self.blueprint.add_url_rule(rule, f"no_{declared.name}", partial(_not_allowed, method), methods=others)
            return view

        return declare

    def _call(self, operation: Operation, **named: Any) -> Response:
        g.key = self._gate.admit(operation.scope)
        if operation.query is not None:
            named["query"] = _read_query(operation.query)
        if operation.body is not None:
            named["body"] = _read_body(operation, operation.body)
        return operation.view(**named)


def _not_allowed(method: str, **_named: str) -> Response:
    raise MethodNotAllowed([method])


def _read_query(model: type[BaseModel]) -> BaseModel:
    # A parameter that is given twice counts once, as its last value.
    given = {name: values[-1] for name, values in request.args.lists()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = [(pointer.removeprefix("/"), reason) for pointer, reason in faults(error)]
        raise Faulty(400, "A parameter is wrong.", found) from None


def _read_body(operation: Operation, model: type[BaseModel]) -> BaseModel:
    """The body as its model; what was sent, as it was sent, is `g.sent`."""
    g.sent = {}
    if not operation.needs_body and not request.get_data():
        return model()
    if request.mimetype not in operation.media_types:
        raise Faulty(415, f"Send {' or '.join(operation.media_types)}.")
    try:
        g.sent = strict_json.decode(request.get_data())
    except Rejected as rejection:
        raise Faulty(400, f"The body cannot be read: {rejection.reason}.") from None
    try:
        return model.model_validate(g.sent)
    except ValidationError as error:
        raise Faulty(422, "Some members are wrong.", faults(error)) from None
