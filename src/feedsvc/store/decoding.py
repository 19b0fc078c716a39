"""JSON as rows hold it. Short texts recur (the same author, no picture), and are decoded once."""

import json
from functools import lru_cache
from typing import Any

_RECURRING = 200


def decode(text: str) -> Any:
    """The value of a JSON text; not to be changed, as others may hold the very same."""
    return _decode_once(text) if len(text) <= _RECURRING else json.loads(text)


@lru_cache(maxsize=2048)
def _decode_once(text: str) -> Any:
    return json.loads(text)
