"""Many articles at once: documents are imported, and the journal says what has changed."""

import json
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from feedsvc import journal
from feedsvc.errors import FeedsvcError, Unreadable
from feedsvc.importing import import_all
from feedsvc.intake import read_document
from feedsvc.store import archive
from feedsvc.web.api.articles import answer, newsroom
from feedsvc.web.api.models import Imported, JournalQuery, Row, Rows
from feedsvc.web.api.operations import JSON, Api

NDJSON = "application/x-ndjson"
_KINDS = (NDJSON, JSON, "application/feed+json", "application/rss+xml", "application/atom+xml", "application/xml")
_CHUNK = 64 * 1024
# Each waits in a thread that could answer readers meanwhile.
_WAITING = threading.BoundedSemaphore(2)


def declare_exchange(api: Api) -> None:
    """`/import` and `/journal`."""
    service = api.service

    @api.operation("POST", "/import", "publish", {200: Imported}, takes=_KINDS, gives=NDJSON, problems=(422,))
    def import_document() -> Response:
        """Import a document: JSON items one a line, a JSON Feed, RSS or Atom, gzipped or not.

        There is a line of JSON for each item, given when it is committed. An item is known by its id: what was sent
        before changes nothing.
        """
        # Whole, before anything is done: a client that sends reads no answer meanwhile.
        document = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - closed by the answer
        try:
            _receive(document, service.config.import_bytes)
        except Exception:
            document.close()
            raise
        results = import_all(newsroom(service), read_document(document, "the document"))  # type: ignore[arg-type]  # it has all of a BinaryIO but the name

        def lines() -> Iterator[str]:
            try:
                for result in results:
                    outcome = result.outcome
                    told = {"place": result.place, "verdict": outcome.verdict, "id": outcome.guid}
                    told |= {"url": outcome.url, "reason": outcome.reason, "where": outcome.where}
                    yield f"{json.dumps({name: value for name, value in told.items() if value})}\n"
            except FeedsvcError as error:
                # What was told before is done.
                yield f"{json.dumps({'place': 'the document', 'verdict': 'rejected', 'reason': str(error)})}\n"

        answer = Response(lines(), mimetype=NDJSON, headers={"Cache-Control": "no-store"})
        answer.call_on_close(document.close)
        return answer

    @api.operation("GET", "/journal", "read", {200: Rows}, query=JournalQuery)
    def read_journal(query: JournalQuery) -> Response:
        """The changes after a number, in the order of their commits, for whoever keeps a mirror of us."""
        rows = _rows_after(query)
        if not rows.changes and query.wait and _WAITING.acquire(blocking=False):
            try:
                service.follower.wait_for(query.after + 1, query.wait)
            finally:
                _WAITING.release()
            rows = _rows_after(query)
        return answer(rows.model_dump(mode="json", exclude_none=True))

    def _rows_after(query: JournalQuery) -> Rows:
        with service.database.read() as connection:
            head = journal.head(connection)
            changes = journal.changes_after(connection, query.after, query.limit)
            ids = archive.guids(connection, {change.article for change in changes if change.article is not None})
        told = [
            Row(seq=change.seq, at=change.at, kind=change.kind, id=ids.get(change.article or 0)) for change in changes
        ]
        return Rows(changes=told, head=head)


def _receive(document: IO[bytes], limit: int) -> None:
    request.max_content_length = limit + 1
    received = 0
    while chunk := request.stream.read(_CHUNK):
        received += len(chunk)
        if received > limit:
            raise RequestEntityTooLarge
        document.write(chunk)
    if not received:
        raise Unreadable("The document is empty.")
    document.seek(0)
