"""What went wrong, for programs: problem details (RFC 9457)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

PROBLEM_JSON = "application/problem+json"


class Fault(BaseModel):
    """What is wrong with one member of what was sent."""

    pointer: str = Field(description="Where it stands: a JSON Pointer (RFC 6901), or the name of a parameter.")
    detail: str = Field(description="What is wrong with it, in a sentence for a person.")


class Problem(BaseModel):
    """Why a request was not done (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The name of the status.")
    status: int
    detail: str = Field(description="What is wrong, in a sentence for a person.")
    errors: list[Fault] = Field(default=[], description="Each member that is wrong, where it is members that are.")


class Faulty(Exception):
    """A request that cannot be read as what it is meant to be: a status, why, and each fault with its pointer."""

    def __init__(self, status: int, detail: str, faults: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.faults = list(faults)


def problem(
    status: int, detail: str, faults: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A response that says why a request was not done; `faults` are pointers, and what is wrong there."""
    errors: Sequence[Fault] = [Fault(pointer=pointer, detail=reason) for pointer, reason in faults]
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))
    body = json.dumps(told.model_dump(exclude_defaults=True) | {"type": told.type}, ensure_ascii=False)
    answer = Response(body, status, mimetype=PROBLEM_JSON)
    answer.headers.update({"Cache-Control": "no-store"} | dict(headers or {}))
    return answer
