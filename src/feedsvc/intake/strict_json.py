"""JSON from outside, read strictly: one meaning or none (RFC 8259, with the advice of RFC 7493 obeyed)."""

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from feedsvc.errors import Rejected

_BLANK = " \t\r\n"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        twice = next(name for name, count in Counter(name for name, _ in members).items() if count > 1)
        raise ValueError(f"it has the member {twice[:60]!r} twice")
    return value


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"it has a number too large to hold: {digits[:40]}")
    return number


def _constant(name: str) -> NoReturn:
    raise ValueError(f"it has {name}, which is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def decode(data: bytes, lines_before: int = 0) -> Any:
    """The value of a JSON text in UTF-8, lone surrogates removed from its strings.

    Raises `Rejected` with the reason for everything else: another encoding, ill-formed JSON, a member that stands
    twice, NaN, numbers no machine holds, nesting too deep to follow. A reason counts lines from `lines_before` on.
    """
    try:
        text = data.decode("utf-8-sig")
        value = _DECODER.decode(text)
        if _SURROGATE_ESCAPE.search(text):
            value = _DECODER.decode(_SURROGATE.sub("", json.dumps(value, ensure_ascii=False)))
    except UnicodeDecodeError as error:
        raise Rejected(f"it is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}") from None
    except json.JSONDecodeError as error:
        line = lines_before + error.lineno
        where = f"line {line}, column {error.colno}" if line > 1 else f"character {error.colno}"
        raise Rejected(f"it is not JSON: {error.msg.lower()} ({where})") from None
    except ValueError as error:
        # int() refuses more than 4,300 digits with advice for programmers.
        reason = str(error)
        raise Rejected(reason if reason.startswith("it has") else "it has a number too large to hold") from None
    except RecursionError:
        raise Rejected("it is nested too deeply") from None
    return value


def unfinished(line: bytes) -> bool:
    """Whether `line`, no JSON text itself, is the beginning of one that goes on in the next line."""
    # A JSON string holds no line break, so a text goes on only where the decoder came to the very end.
    text = line.decode("utf-8-sig", "replace").rstrip(_BLANK)
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return error.pos >= len(text)
    except (ValueError, RecursionError):
        return False
    return False
