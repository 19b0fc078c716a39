"""The newsroom: what an editor can do. Every change is one transaction, and writes its journal row in it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.copydesk import Article, Retraction, edit
from feedsvc.errors import Gone, NotFound, Rejected
from feedsvc.item import Item
from feedsvc.journal import SITE, JournalWriter
from feedsvc.store import archive
from feedsvc.store.archive import Filed, Filing
from feedsvc.store.database import Database
from feedsvc.store.schema import NEWS_LINE
from feedsvc.text import one_line
from feedsvc.urls import Urls

Verdict = Literal["imported", "updated", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: the verdict, and the article's guid and address, or the reason it was rejected."""

    verdict: Verdict
    guid: str = ""
    url: str = ""
    reason: str = ""
    where: str = ""


class Newsroom:
    """The one door through which anything is changed; safe to use from many threads and processes."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._config = config
        self._urls = Urls(config.base_url)

    def publish(self, item: Item) -> Outcome:
        """Publish one article, or revise the one that has its id. Raises `Rejected` with the reason."""
        outcome = self.accept([item], mint=True)[0]
        if outcome.verdict == "rejected":
            raise Rejected(outcome.reason, outcome.where)
        return outcome

    def accept(self, items: Sequence[Item], *, mint: bool = False) -> list[Outcome]:
        """Take in many items in one transaction, each with its own outcome; a rejected one changes nothing.

        An item is known by its id: a new id is published, a known one with other content revised. An item
        without id is given one where `mint` allows it.
        """
        now = datetime.now(UTC)
        edited = [self._edit(item, now) for item in items]
        with self._database.write() as connection:
            intake = _Intake(connection, self._urls, now, mint)
            outcomes = intake.take_in(edited)
            intake.close()
        return outcomes

    def retract(self, guid: str, reason: str = "") -> str:
        """Take a published article out of every feed; returns its address, which answers 410 from now on.

        Raises `NotFound` for an unknown id and `Gone` when the article is retracted already.
        """
        now = datetime.now(UTC)
        with self._database.write() as connection:
            intake = _Intake(connection, self._urls, now, mint=False)
            filed = archive.find(connection, [guid]).get(guid)
            if filed is None:
                raise NotFound(f"There is no article with the id {guid}.")
            if filed.retracted_at:
                raise Gone(f"The article was retracted already, on {filed.retracted_at:%Y-%m-%d %H:%M} UTC.")
            intake.retract(filed, Retraction(None, one_line(reason)))
            intake.close()
        return self._urls.article(filed.slug)

    def announce_settings(self) -> None:
        """Tell every follower, once, when this program or its settings make other bytes of the same articles."""
        fingerprint = _fingerprint(self._config)
        now = datetime.now(UTC)
        with self._database.read() as connection:
            if archive.fingerprint(connection) == fingerprint:
                return
        with self._database.write() as connection:
            journal = JournalWriter(connection, now)
            # Workers start together; the first to hold the journal tells it for all of them.
            if archive.fingerprint(connection) != fingerprint:
                archive.set_fingerprint(connection, fingerprint, journal.at)
                journal.append(SITE, None)
            journal.close()

    def _edit(self, item: Item, now: datetime) -> Article | Rejected:
        try:
            return edit(item, base_url=self._config.base_url, language=self._config.language, now=now)
        except Rejected as rejection:
            return rejection


class _Intake:
    """One transaction's work: what is on file is looked up for all articles at once, what is new is filed at once."""

    def __init__(self, connection: Connection, urls: Urls, now: datetime, mint: bool) -> None:
        self._connection = connection
        self._urls = urls
        self._mint = mint
        self._journal = JournalWriter(connection, now)
        self._now = self._journal.at

    def take_in(self, edited: Sequence[Article | Rejected]) -> list[Outcome]:
        articles = [article for article in edited if isinstance(article, Article)]
        on_file = archive.find(self._connection, [article.guid for article in articles if article.guid])
        filing = Filing(self._connection, articles, self._now)
        seen: set[str] = set()
        outcomes = []
        for article in edited:
            try:
                if isinstance(article, Rejected):
                    raise article
                if article.guid and article.guid in seen:
                    raise Rejected("the same id stands twice", "/id")
                seen.add(article.guid)
                filed = on_file.get(article.guid)
                outcomes.append(self._revise(filing, filed, article) if filed else self._file(filing, article))
            except Rejected as rejection:
                outcomes.append(Outcome("rejected", reason=rejection.reason, where=rejection.where))
        filing.write()
        return outcomes

    def retract(self, filed: Filed, retraction: Retraction) -> None:
        archive.retract(self._connection, filed, retraction.at or self._now, retraction.reason)
        self._journal.append("retract", filed.number, [NEWS_LINE, *filed.channels])

    def close(self) -> None:
        self._journal.close()

    def _file(self, filing: Filing, article: Article) -> Outcome:
        if not article.guid and not self._mint:
            raise Rejected("the item has no id to know it by", "/id")
        filed = filing.add(article)
        if article.retraction:
            self._journal.append("retract", filed.number)
        else:
            self._journal.append("publish", filed.number, [NEWS_LINE, *filed.channels])
        return Outcome("imported", filed.guid, self._urls.article(filed.slug))

    def _revise(self, filing: Filing, filed: Filed, article: Article) -> Outcome:
        if article.retraction:
            if filed.retracted_at:
                return self._outcome("unchanged", filed)
            self.retract(filed, article.retraction)
            return self._outcome("updated", filed)
        if filed.retracted_at:
            raise Rejected(f"it was retracted on {filed.retracted_at:%Y-%m-%d}", "/id")
        slug = article.slug or filed.slug
        digest = article.digest()
        newer = article.updated is not None and article.updated > filed.updated_at
        if digest == filed.digest and slug == filed.slug and not newer:
            return self._outcome("unchanged", filed)
        if article.updated and filed.modified_at and article.updated < filed.modified_at:
            raise Rejected(f"it is older than what is on file, of {filed.modified_at.isoformat()}", "/date_modified")
        updated_at = article.updated if newer and article.updated else self._now
        if slug != filed.slug:
            filed = filing.move(filed, slug)
        revised = archive.revise(self._connection, filed, article, filing.channels(article.labels), updated_at)
        kind = "retag" if set(revised.channels) != set(filed.channels) else "revise"
        self._journal.append(kind, filed.number, [NEWS_LINE, *filed.channels, *revised.channels])
        return self._outcome("updated", revised)

    def _outcome(self, verdict: Verdict, filed: Filed) -> Outcome:
        return Outcome(verdict, filed.guid, self._urls.article(filed.slug))


def _fingerprint(config: Config) -> str:
    hidden = {"database_url", "database_pool", "statement_timeout", "replica_url"}
    hidden |= {"cache_bytes", "request_bytes", "trusted_proxies", "host", "port", "workers"}
    hidden |= {"access_log", "metrics", "log_level", "purge_urls", "purge_token"}
    shown = config.model_dump(mode="json", exclude=hidden)
    return hashlib.sha256(json.dumps([__version__, shown], sort_keys=True).encode()).hexdigest()[:32]
