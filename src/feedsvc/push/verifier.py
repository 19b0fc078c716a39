"""The verifier: asks a callback whether it means what was asked for in its name (WebSub section 5.3), or tells it that
it is denied (section 5.2)."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from sqlalchemy import Connection

from feedsvc.errors import Gone, NotFound
from feedsvc.push import subscriptions
from feedsvc.push.client import Reply
from feedsvc.push.subscriptions import Intent
from feedsvc.push.topics import MOST_SUBSCRIBED, Topics
from feedsvc.store.database import Database

Finding: TypeAlias = Literal["verified", "refused", "denied", "unreachable", "put_off"]

# A callback that is away for a moment is to have its subscription; one that never was there is not to be bothered.
_PAUSES = (timedelta(seconds=10), timedelta(seconds=60))


@dataclass(frozen=True, slots=True)
class Question:
    """What a callback is asked, and the answer that confirms it (empty: none is needed)."""

    url: str
    challenge: str = ""


class Verifier:
    """Prepares questions and writes down what came of them; its methods wait for the database."""

    def __init__(self, database: Database, topics: Topics, most_of_a_host: int) -> None:
        self._database = database
        self._topics = topics
        self._most_of_a_host = most_of_a_host

    def question(self, intent: Intent) -> Question:
        """What to ask for an intent."""
        reason = intent.reason or self._objection(intent)
        if reason:
            told = {"hub.mode": "denied", "hub.topic": intent.topic, "hub.reason": reason}
            return Question(_with_query(intent.callback, told))
        challenge = secrets.token_urlsafe(32)
        asked = {"hub.mode": intent.mode, "hub.topic": intent.topic, "hub.challenge": challenge}
        if intent.mode == "subscribe":
            asked["hub.lease_seconds"] = str(intent.lease_seconds)
        return Question(_with_query(intent.callback, asked), challenge)

    def conclude(self, intent: Intent, question: Question, reply: Reply) -> Finding:
        """Do what the answer says."""
        now = datetime.now(UTC)
        with self._database.write() as connection:
            if not question.challenge:
                subscriptions.drop(connection, intent)
                return "denied"
            if reply.is_good and hmac.compare_digest(reply.body, question.challenge.encode()):
                subscriptions.grant(connection, intent, now)
                return "verified"
            if 0 < reply.status < 500 and reply.status != 429:
                subscriptions.drop(connection, intent)
                return "refused"
        return self.postpone(intent)

    def postpone(self, intent: Intent) -> Finding:
        """Have it be tried again later, unless that was the last time."""
        with self._database.write() as connection:
            if intent.attempts < len(_PAUSES):
                later = datetime.now(UTC) + _PAUSES[intent.attempts]
                subscriptions.put_off(connection, intent, later, intent.attempts + 1)
                return "put_off"
            subscriptions.drop(connection, intent)
            return "unreachable"

    def _objection(self, intent: Intent) -> str:
        """Why a subscription is denied; empty where it is not. Whoever leaves is let go."""
        if intent.mode != "subscribe":
            return ""
        with self._database.read() as connection:
            try:
                selection, form = self._topics.require(intent.topic)
                current = self._topics.current(connection, selection)
            except (NotFound, Gone) as error:
                return str(error)
            if current != selection:
                return f"The feed has another address now: {self._topics.address(current, form)}"
            return self._crowd(connection, intent)

    def _crowd(self, connection: Connection, intent: Intent) -> str:
        """Of what there is too much for one more; empty where it is not. Renewals are none."""
        now = datetime.now(UTC)
        if subscriptions.is_subscribed(connection, intent.id, now):
            return ""
        if subscriptions.subscribed(connection, now, intent.host) >= self._most_of_a_host:
            return f"There are too many subscriptions for callbacks on {intent.host}."
        if subscriptions.is_one_more_topic(connection, intent.topic, now, MOST_SUBSCRIBED):
            return "Too many different feeds are subscribed to already."
        return ""


def _with_query(callback: str, parameters: dict[str, str]) -> str:
    # What the callback's own query says is kept.
    return f"{callback}{'&' if '?' in callback else '?'}{urlencode(parameters)}"
