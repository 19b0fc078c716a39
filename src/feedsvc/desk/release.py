"""What happens when its time has come: scheduled articles are published, and those that were only lent expire."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from feedsvc.copydesk import Article
from feedsvc.desk.intake import Intake
from feedsvc.desk.transaction import Transaction
from feedsvc.desk.withdrawal import retract
from feedsvc.errors import Rejected
from feedsvc.item import Item, read_item
from feedsvc.store import archive, drafts
from feedsvc.store.drafts import Draft
from feedsvc.text import rfc3339
from feedsvc.urls import Urls

log = logging.getLogger(__name__)

Edit = Callable[[Item], Article]

# So that nobody else waits long for the right to write, however much has come due while nobody served.
_AT_ONCE = 100


def next_due(connection: Connection) -> datetime | None:
    """When the next article is to be published, or expires (UTC); None where there is none."""
    moments = [drafts.next_release(connection), archive.next_expiry(connection)]
    return min(filter(None, moments), default=None)


def release_due(transaction: Transaction, urls: Urls, edit: Edit) -> int:
    """Publish what was scheduled until now, and take out what has expired, some of each; returns how many.

    What cannot be published any more is a draft again, and the log has the reason.
    """
    due = drafts.due(transaction.connection, transaction.at, _AT_ONCE)
    for draft in due:
        try:
            publish(transaction, urls, draft, edit)
        except Rejected as rejection:
            log.warning("%s cannot be published as it was scheduled: %s", draft.guid, rejection)
            held = Draft(draft.guid, "draft", draft.item, None, transaction.at)
            drafts.file(transaction.connection, held)
            transaction.log.append("hold", draft.guid, reason=str(rejection))
    expired = archive.expired(transaction.connection, transaction.at, _AT_ONCE)
    for filed in expired:
        retract(transaction, filed, "", expired=True)
    return len(due) + len(expired)


def schedule(transaction: Transaction, draft: Draft, moment: datetime) -> None:
    """Have a draft publish itself at `moment` (UTC). Raises `Rejected` when that has passed."""
    transaction.require_publisher()
    if moment <= transaction.at:
        raise Rejected("lies in the past; publish it instead", "/date_published")
    release = rfc3339(moment)
    known = draft.item | {"date_published": release}
    drafts.file(transaction.connection, Draft(draft.guid, "scheduled", known, moment, transaction.at))
    transaction.log.append("schedule", draft.guid, release=release)


def publish(transaction: Transaction, urls: Urls, draft: Draft, edit: Edit) -> None:
    """Publish a draft, as of the moment it was meant for if that has come. Raises `Rejected`."""
    item = read_item(draft.item)
    meant = draft.release_at or item.date_published
    if meant is not None:
        item = item.model_copy(update={"date_published": min(meant, transaction.at)})
    article = edit(item)
    intake = Intake(transaction, urls, [article], mint=False)
    intake.release(draft, article)
    intake.write()
