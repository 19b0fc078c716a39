"""The newsroom: what an editor can do. Every change is one transaction, and writes its journal row in it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from feedsvc import __version__
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.copydesk import Article, edit
from feedsvc.desk import ranking, release, tags, withdrawal
from feedsvc.desk.intake import Intake, Outcome, Verdict
from feedsvc.desk.transaction import SCHEDULE, SHELL, Actor, Transaction
from feedsvc.errors import Conflict, Rejected, Reused
from feedsvc.item import Item
from feedsvc.records import Record, Records
from feedsvc.store import archive, channels, drafts, retries
from feedsvc.store.archive import Filed
from feedsvc.store.channels import FiledTag
from feedsvc.store.database import Database
from feedsvc.store.drafts import Draft
from feedsvc.text import one_line
from feedsvc.urls import Urls

__all__ = ["Newsroom", "Once", "Outcome", "Verdict", "Written"]

Expect = Callable[[Record | None], None]
"""What a writer takes an article to be; raises `Stale` when it is something else."""


@dataclass(frozen=True, slots=True)
class Written:
    """An article after it was written, whether it is new, and the journal row by which everybody is told of it."""

    record: Record
    created: bool
    seq: int


@dataclass(frozen=True, slots=True)
class Once:
    """What tells a request from every other: a hash of who sends it under which key, and one of what it asks for."""

    digest: str
    fingerprint: str


def _anything(_record: Record | None) -> None:
    """What a writer expects who has not looked."""


class Newsroom:
    """The one door through which anything is changed; safe to use from many threads and processes."""

    def __init__(self, database: Database, config: Config, actor: Actor = SHELL) -> None:
        self._database = database
        self._config = config
        self._actor = actor
        self._urls = Urls(config.base_url)
        self._records = Records(Catalogue(config))

    def by(self, actor: Actor) -> Self:
        """The same door for somebody else."""
        return type(self)(self._database, self._config, actor)

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
        edited = [self._edited(item, now) for item in items]
        articles = [article for article in edited if isinstance(article, Article)]
        with self._transaction() as transaction:
            return Intake(transaction, self._urls, articles, mint=mint).take_in(edited)

    def create(self, item: Item, once: Once | None = None) -> Written:
        """Take in a new article. What was done `once` is not done again: the article that it made is given instead.

        Raises `Rejected`, `Conflict` when there is an article with its id, and `Reused` when the same request was
        another one before.
        """
        article = self._edit(item)
        with self._transaction() as transaction:
            done = retries.find(transaction.connection, once.digest) if once else None
            if once and done:
                if done.fingerprint != once.fingerprint:
                    raise Reused("The same Idempotency-Key came with another request before.")
                return self._written(transaction, done.guid, created=True)
            if article.guid and self._records.find(transaction.connection, article.guid):
                raise Conflict("there is an article with this id; PUT replaces it", "/id")
            guid = self._take(transaction, article)
            if once:
                done = retries.Done(once.fingerprint, guid)
                retries.note(transaction.connection, once.digest, done, transaction.at)
            return self._written(transaction, guid, created=True)

    def write(
        self, guid: str, make: Callable[[Record | None], Item], expect: Expect = _anything, *, silent: bool = False
    ) -> Written:
        """Replace the article of a guid by the item that `make` makes of it, or create it where there is none.

        `silent` leaves the date that readers are told of its last change, as for a typing error. Raises what `expect`
        and `make` raise, `Rejected`, and `Conflict` for what the article's state does not allow.
        """
        if one_line(guid) != guid:
            raise Rejected("has white space in excess, or a character that no feed can carry", "/id")
        with self._transaction() as transaction:
            record = self._records.find(transaction.connection, guid)
            expect(record)
            item = make(record)
            article = self._edit(item.model_copy(update={"id": item.id or guid}))
            if article.guid != guid:
                raise Rejected("is another than that of the address", "/id")
            self._take(transaction, article, silent=silent)
            return self._written(transaction, guid, created=record is None)

    def retract(self, guid: str, reason: str = "", expect: Expect = _anything) -> Written:
        """Take an article out of every feed; its address answers 410 from now on.

        Raises `NotFound` for an unknown id and `Conflict` when the article is retracted already.
        """
        with self._found(guid, expect) as (transaction, found):
            if isinstance(found, Draft):
                withdrawal.retract_draft(transaction, found, one_line(reason))
            else:
                withdrawal.retract(transaction, found, one_line(reason))
            return self._written(transaction, guid)

    def restore(self, guid: str, expect: Expect = _anything) -> Written:
        """Put a retracted article back, under the same guid. Raises `NotFound`, and `Conflict` when it is not out."""
        with self._found(guid, expect) as (transaction, found):
            if isinstance(found, Draft):
                withdrawal.restore_draft(transaction, found)
            else:
                withdrawal.restore(transaction, found)
            return self._written(transaction, guid)

    def release(self, guid: str, expect: Expect = _anything) -> Written:
        """Publish a draft now, scheduled or not. Raises `NotFound`, `Rejected`, and `Conflict` for what is none."""
        with self._found(guid, expect) as (transaction, found):
            draft = _unpublished(found)
            release.publish(transaction, self._urls, draft, self._edit)
            return self._written(transaction, guid)

    def schedule(self, guid: str, moment: datetime, expect: Expect = _anything) -> Written:
        """Have a draft publish itself at `moment` (UTC). Raises `NotFound`, `Rejected` for a moment that has passed,
        and `Conflict` for what is no draft."""
        with self._found(guid, expect) as (transaction, found):
            release.schedule(transaction, _unpublished(found), moment)
            return self._written(transaction, guid)

    def release_due(self) -> int:
        """Do what has come due: publish what is scheduled, take out what has expired; returns how many. Whoever calls
        this, and how many at once, each is done once."""
        with self.by(SCHEDULE)._transaction() as transaction:
            return release.release_due(transaction, self._urls, self._edit)

    def next_due(self) -> datetime | None:
        """When the next article is to be published by itself, or expires (UTC)."""
        with self._database.read() as connection:
            return release.next_due(connection)

    def rank(self, until: datetime) -> None:
        """Rank what was read most until a full hour (UTC), unless that was done. Whoever calls this, and how many at
        once, a ranking that has changed is told of once, and one that has not is told of to nobody."""
        with self._database.read() as connection:
            made = ranking.make(connection, until)
        if made:
            with self.by(SCHEDULE)._transaction() as transaction:
                ranking.file(transaction, until, made)

    def forget_retries(self, before: datetime) -> None:
        """Forget which requests were done before a moment (UTC)."""
        with self._transaction() as transaction:
            retries.forget_before(transaction.connection, before)

    @contextmanager
    def tag(self, tag: str) -> Iterator[tuple[Transaction, FiledTag]]:
        """A transaction on a tag, in any spelling, for what `desk.tags` does. Raises `NotFound`."""
        with self._transaction() as transaction:
            yield transaction, tags.require(transaction, tag)

    def announce_settings(self) -> None:
        """Tell every follower, once, when this program or its settings make other bytes of the same articles; and have
        a channel for the language of the site, if plain feeds are of that alone."""
        fingerprint = _fingerprint(self._config)
        with self._database.read() as connection:
            if archive.fingerprint(connection) == fingerprint:
                return
        with self._transaction() as transaction:
            # Workers start together; the first to hold the journal tells it for all of them.
            if archive.fingerprint(transaction.connection) != fingerprint:
                archive.set_fingerprint(transaction.connection, fingerprint)
                if not self._config.all_languages:
                    # What is read of the site by default is there before the first article in its language.
                    channels.require_language(transaction.connection, self._config.language.lower())
                transaction.tell_everything()

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        now = datetime.now(UTC)
        with self._database.write() as connection:
            transaction = Transaction(connection, now, self._actor, self._config.feed_items)
            yield transaction
            transaction.close()

    @contextmanager
    def _found(self, guid: str, expect: Expect) -> Iterator[tuple[Transaction, Filed | Draft]]:
        with self._transaction() as transaction:
            record = self._records.require(transaction.connection, guid)
            expect(record)
            filed = archive.find(transaction.connection, [guid]).get(guid)
            yield transaction, filed or drafts.find(transaction.connection, [guid])[guid]

    def _take(self, transaction: Transaction, article: Article, *, silent: bool = False) -> str:
        intake = Intake(transaction, self._urls, [article], mint=True)
        outcome = intake.take(article, silent=silent)
        intake.write()
        return outcome.guid

    def _written(self, transaction: Transaction, guid: str, *, created: bool = False) -> Written:
        return Written(self._records.require(transaction.connection, guid), created, transaction.seq)

    def _edited(self, item: Item, now: datetime) -> Article | Rejected:
        try:
            return self._edit(item, now)
        except Rejected as rejection:
            return rejection

    def _edit(self, item: Item, now: datetime | None = None) -> Article:
        config, now = self._config, now or datetime.now(UTC)
        return edit(item, base_url=config.base_url, language=config.language, now=now, most=config.article_members)


def _unpublished(found: Filed | Draft) -> Draft:
    if isinstance(found, Filed):
        raise Conflict(f"The article was published already, on {found.published_at:%Y-%m-%d %H:%M} UTC.")
    if found.status == "retracted":
        raise Conflict("The article was retracted before it was published; restore it first.")
    return found


_SENDING = ("push", "indexnow", "webhooks", "webhook")
"""What settings begin with that say whom to tell of a change."""


def _fingerprint(config: Config) -> str:
    hidden = {"database_url", "database_pool", "statement_timeout", "replica_url"}
    hidden |= {"cache_bytes", "request_bytes", "trusted_proxies", "host", "port", "workers"}
    hidden |= {"access_log", "metrics", "log_level", "purge_urls", "purge_token", "search_max_age"}
    hidden |= {"article_bytes", "article_members", "import_bytes", "api_rate", "api_if_match"}
    hidden |= {name for name in Config.model_fields if name.partition("_")[0] in _SENDING}
    shown = config.model_dump(mode="json", exclude=hidden)
    return hashlib.sha256(json.dumps([__version__, shown], sort_keys=True).encode()).hexdigest()[:32]
