"""The ceiling: answers that were recorded from feedsvc, by the name of the case as the path. Nothing could do less.

`BENCH_ANSWERS` names the pickled mapping of paths to (status line, header fields, body).
"""

import os
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_ANSWERS = {
    path: (status, headers, [body])
    for path, (status, headers, body) in pickle.loads(Path(os.environ["BENCH_ANSWERS"]).read_bytes()).items()
}


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The recorded answer, whatever is asked of it."""
    status, headers, body = _ANSWERS[environ["PATH_INFO"]]
    start_response(status, headers)
    return body
