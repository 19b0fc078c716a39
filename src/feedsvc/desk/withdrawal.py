"""Taking articles back, and giving them out again."""

from dataclasses import replace
from datetime import datetime

from feedsvc.desk.transaction import Transaction
from feedsvc.errors import Conflict
from feedsvc.store import archive, channels, drafts
from feedsvc.store.archive import Filed
from feedsvc.store.drafts import Draft


def retract(
    transaction: Transaction, filed: Filed, reason: str, *, at: datetime | None = None, expired: bool = False
) -> None:
    """Take a published article out of every feed, as retracted at `at` (UTC, None is now), or as expired.

    Raises `Conflict` when it is out of them already.
    """
    if filed.retracted_at:
        raise Conflict(f"The article was retracted already, on {filed.retracted_at:%Y-%m-%d %H:%M} UTC.")
    status, kind = ("expired", "expire") if expired else ("retracted", "retract")
    move = archive.retract(transaction.connection, transaction.places, filed, at or transaction.at, reason, status)
    transaction.tell(kind, move)
    transaction.tell_versions(move.filed)
    transaction.log.append(kind, filed.guid, reason=reason)


def retract_draft(transaction: Transaction, draft: Draft, reason: str) -> None:
    """Take back an article before it is published. Raises `Conflict` when it was taken back already."""
    if draft.status == "retracted":
        raise Conflict("The article was retracted already, before it was published.")
    if draft.status == "scheduled":
        transaction.require_publisher()
    drafts.file(transaction.connection, replace(draft, status="retracted", changed_at=transaction.at))
    transaction.log.append("retract", draft.guid, reason=reason)


def restore(transaction: Transaction, filed: Filed) -> None:
    """Put a retracted or expired article back into the feeds it stood in, under the same guid and address.

    Raises `Conflict` when it was not taken out of them, or when nothing but its retraction was ever handed in.
    """
    if not filed.retracted_at:
        raise Conflict("The article is published; there is nothing to restore.")
    if archive.is_mark(transaction.connection, filed):
        raise Conflict("Only the retraction of this article was handed in; there is nothing to restore.")
    # Of what came in as retracted, a tag may have been merged since.
    filed = replace(filed, channels=tuple(channels.current(transaction.connection, filed.channels)))
    move = archive.restore(transaction.connection, transaction.places, filed, transaction.at)
    transaction.tell("restore", move)
    transaction.tell_versions(move.filed)
    transaction.log.append("restore", filed.guid)


def restore_draft(transaction: Transaction, draft: Draft) -> None:
    """Make a draft again of what was taken back before it was published. Raises `Conflict` when it was not."""
    if draft.status != "retracted":
        raise Conflict(f"The article is {_A[draft.status]}; there is nothing to restore.")
    drafts.file(transaction.connection, replace(draft, status="draft", changed_at=transaction.at))
    transaction.log.append("restore", draft.guid)


_A = {"draft": "a draft", "scheduled": "scheduled"}
