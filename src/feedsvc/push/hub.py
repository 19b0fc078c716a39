"""The hub's door: what a subscriber asks for, judged as far as it can be at once (WebSub section 5.1)."""

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, TooMany
from feedsvc.push import subscriptions
from feedsvc.push.strangers import LONGEST, read_callback, read_networks
from feedsvc.push.subscriptions import Mode, Wish
from feedsvc.push.topics import Topics
from feedsvc.store.database import Database

# The specification asks for less than 200 bytes.
_LONGEST_SECRET = 199
_USUAL_LEASE = 864_000
# Those that are verified are not among them: a crowd that comes at once is let in as fast as it answers.
_MOST_PENDING, _MOST_PENDING_OF_A_HOST = 10_000, 200
_WAIT_SECONDS = 10


class Unacceptable(FeedsvcError):
    """A request that the hub cannot take; the sentence is for whoever sent it."""


class Hub:
    """Takes wishes in; safe to use from many threads. Rates are counted for this process."""

    def __init__(self, database: Database, topics: Topics, config: Config) -> None:
        self._database = database
        self._topics = topics
        self._config = config
        self._opened = read_networks(config.push_networks)
        self._rate = parse(config.push_host_rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, form: Mapping[str, str]) -> None:
        """Take in a request, to be verified soon; parameters that are not known are not looked at.

        Raises `Unacceptable`, `Unwelcome` for a callback that is not asked, and `TooMany`.
        """
        wish = self._read(form)
        host, now = wish.callback.host, datetime.now(UTC)
        if not self._limiter.hit(self._rate, host):
            reset = self._limiter.get_window_stats(self._rate, host).reset_time
            raise TooMany(f"Too much was asked for callbacks on {host}.", max(1, math.ceil(reset - time.time())))
        with self._database.write() as connection:
            if subscriptions.pending(connection, host) >= _MOST_PENDING_OF_A_HOST:
                raise TooMany(f"Too many requests for callbacks on {host} wait to be verified.", _WAIT_SECONDS)
            if subscriptions.pending(connection) >= _MOST_PENDING:
                raise TooMany("Too many requests wait to be verified.", _WAIT_SECONDS)
            subscriptions.ask(connection, wish, now)

    def _read(self, form: Mapping[str, str]) -> Wish:
        mode = _given(form, "hub.mode")
        if mode == "publish":
            raise Unacceptable("hub.mode=publish is for hubs of other people's feeds; this one knows of its changes.")
        if mode not in ("subscribe", "unsubscribe"):
            raise Unacceptable("hub.mode is neither subscribe nor unsubscribe.")
        topic = _given(form, "hub.topic")
        if len(topic) > LONGEST or self._topics.parse(topic) is None:
            proper = self._topics.proper(topic) if len(topic) <= LONGEST else None
            hint = f"; its address is {proper}" if proper else ""
            raise Unacceptable(f"hub.topic is no feed of this hub's as it names itself{hint}.")
        callback = read_callback(_given(form, "hub.callback"), self._opened)
        secret = form.get("hub.secret", "")
        if len(secret.encode("utf-8", "surrogatepass")) > _LONGEST_SECRET:
            raise Unacceptable("hub.secret has 200 bytes or more.")
        if "\0" in secret or not secret.isprintable():
            raise Unacceptable("hub.secret has a character that cannot be printed.")
        return Wish(cast(Mode, mode), topic, callback, secret, self._lease(form.get("hub.lease_seconds", "")))

    def _lease(self, asked: str) -> int:
        if asked and not re.fullmatch(r"0*[1-9][0-9]{0,17}", asked, re.ASCII):
            raise Unacceptable("hub.lease_seconds is no positive number in decimals.")
        longest = self._config.push_longest_lease
        return min(max(int(asked or min(_USUAL_LEASE, longest)), self._config.push_shortest_lease), longest)


def _given(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise Unacceptable(f"{name} is missing.")
    return value
