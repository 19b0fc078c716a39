"""Taking in articles: a new one is published or drafted, one that is known revised, each by itself accepted or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from feedsvc.copydesk import Article
from feedsvc.desk.drafting import differences, item_of
from feedsvc.desk.transaction import Transaction
from feedsvc.desk.withdrawal import retract, retract_draft
from feedsvc.errors import Conflict, Rejected
from feedsvc.store import archive, drafts
from feedsvc.store.archive import Dates, Filed
from feedsvc.store.drafts import Draft
from feedsvc.store.filing import Filing
from feedsvc.text import rfc3339
from feedsvc.urls import Urls

Verdict = Literal["imported", "updated", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: the verdict, and the article's guid and address, or the reason it was rejected.

    An article that is not published has no address.
    """

    verdict: Verdict
    guid: str = ""
    url: str = ""
    reason: str = ""
    where: str = ""


class Intake:
    """One transaction's work: what is on file is looked up for all articles at once, what is new is filed at once."""

    def __init__(self, transaction: Transaction, urls: Urls, articles: Sequence[Article], *, mint: bool) -> None:
        self._transaction = transaction
        self._urls = urls
        self._mint = mint
        guids = [article.guid for article in articles if article.guid]
        self._on_file = archive.find(transaction.connection, guids)
        self._translated = archive.translated(transaction.connection, guids)
        self._drafts = drafts.find(transaction.connection, guids)
        self._filing = Filing(transaction.connection, transaction.places, articles, transaction.at)
        self._seen: set[str] = set()

    def take_in(self, edited: Sequence[Article | Rejected]) -> list[Outcome]:
        """Take in articles, each with its own outcome; a rejected one changes nothing."""
        outcomes = []
        for article in edited:
            try:
                if isinstance(article, Rejected):
                    raise article
                if article.guid and article.guid in self._seen:
                    raise Rejected("the same id stands twice", "/id")
                self._seen.add(article.guid)
                outcomes.append(self.take(article))
            except Rejected as rejection:
                outcomes.append(Outcome("rejected", reason=rejection.reason, where=rejection.where))
        self._filing.write()
        return outcomes

    def take(self, article: Article, *, silent: bool = False) -> Outcome:
        """Take in one article; `silent` leaves the date that readers are told of its last change. Its row is written
        by the next `write()`. Raises `Rejected`, and `Conflict` for what its state does not allow."""
        if filed := self._on_file.get(article.guid):
            return self._revise(filed, article, silent=silent)
        if draft := self._drafts.get(article.guid):
            return self._redraft(draft, article)
        if not article.guid and not self._mint:
            raise Rejected("the item has no id to know it by", "/id")
        if article.status in ("draft", "scheduled"):
            guid = article.guid or self._filing.mint()
            return self._draft(replace(article, guid=guid), article.status, "imported")
        return self._file(article)

    def release(self, draft: Draft, article: Article) -> Outcome:
        """Publish a draft as `article`."""
        drafts.discard(self._transaction.connection, draft.guid)
        return self._file(article)

    def write(self) -> None:
        """Write the rows of what is new."""
        self._filing.write()

    def _file(self, article: Article) -> Outcome:
        move = self._filing.add(article)
        filed = move.filed
        if article.retraction:
            self._transaction.append("retract", filed.number)
            self._transaction.log.append("retract", filed.guid, reason=article.retraction.reason)
        else:
            self._transaction.tell("publish", move)
            if filed.translation_of or filed.guid in self._translated:
                self._transaction.tell_versions(filed)
            self._transaction.log.append("publish", filed.guid)
        return Outcome("imported", filed.guid, self._urls.article(filed.slug))

    def _redraft(self, draft: Draft, article: Article) -> Outcome:
        if draft.status == "retracted":
            raise Conflict("it was taken back before it was published; restore it first", "/id")
        if article.retraction:
            retract_draft(self._transaction, draft, article.retraction.reason)
            return Outcome("updated", draft.guid)
        if article.status == "published":
            return replace(self.release(draft, article), verdict="updated")
        status = article.status or draft.status
        if article.status is None and status == "scheduled":
            article = replace(article, published=draft.release_at)
        return self._draft(article, status, "updated", draft)

    def _draft(self, article: Article, status: str, verdict: Verdict, before: Draft | None = None) -> Outcome:
        if "scheduled" in (status, before and before.status):
            self._transaction.require_publisher()
        article = article.corrected((), self._transaction.at)
        draft = Draft(article.guid, status, item_of(article), article.published, self._transaction.at)
        if before and (before.status, before.item) == (status, draft.item):
            return Outcome("unchanged", article.guid)
        drafts.file(self._transaction.connection, draft)
        changed = [] if before is None else differences(before.item, draft.item)
        release = rfc3339(article.published) if status == "scheduled" and article.published else ""
        deed = "schedule" if status == "scheduled" else "draft"
        self._transaction.log.append(deed, article.guid, changed=changed, release=release)
        return Outcome(verdict, article.guid)

    def _revise(self, filed: Filed, article: Article, *, silent: bool) -> Outcome:
        transaction = self._transaction
        if article.retraction:
            if filed.retracted_at:
                return self._outcome("unchanged", filed)
            expired = article.status == "expired"
            retract(transaction, filed, article.retraction.reason, at=article.retraction.at, expired=expired)
            return self._outcome("updated", filed)
        if filed.retracted_at:
            raise Conflict(f"it was retracted on {filed.retracted_at:%Y-%m-%d}", "/id")
        if article.status in ("draft", "scheduled"):
            reason = f"it was published on {filed.published_at:%Y-%m-%d}, and can be retracted but not drafted any more"
            raise Conflict(reason, "/_feedsvc/status")
        article = article.corrected(filed.corrections, transaction.at)
        if article.keeps_expiry:
            article = replace(article, expires=filed.expires_at)
        slug = article.slug or filed.slug
        newer = article.updated is not None and article.updated > filed.updated_at
        same = article.digest() == filed.digest and article.expires == filed.expires_at
        if same and slug == filed.slug and not newer:
            return self._outcome("unchanged", filed)
        if article.updated and filed.modified_at and article.updated < filed.modified_at:
            raise Rejected(f"it is older than what is on file, of {filed.modified_at.isoformat()}", "/date_modified")
        updated_at = article.updated if newer and article.updated else transaction.at
        dates = Dates(updated_at, article.updated or updated_at)
        if silent:
            dates = Dates(filed.updated_at, filed.modified_at)
        moved = slug != filed.slug
        if moved:
            filed = self._filing.move(filed, slug)
        standing = self._filing.standing(article)
        changed = archive.changes(transaction.connection, filed, article, standing)
        if not (changed or moved or newer):
            # A tag of it has another name by now than the one it came with.
            return self._outcome("unchanged", filed)
        move = archive.revise(transaction.connection, transaction.places, filed, article, standing, dates)
        kind = "retag" if set(move.filed.channels) != set(filed.channels) else "revise"
        transaction.tell(kind, move)
        if moved or {"translation_of", "language"} & set(changed):
            transaction.tell_versions(filed, move.filed)
        changed += ["slug"] if moved else []
        transaction.log.append("correct" if article.correction else kind, filed.guid, changed=changed, silent=silent)
        return self._outcome("updated", move.filed)

    def _outcome(self, verdict: Verdict, filed: Filed) -> Outcome:
        return Outcome(verdict, filed.guid, self._urls.article(filed.slug))
