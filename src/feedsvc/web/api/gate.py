"""The gate of the API: who comes in with which key, how often, and how slowly whoever has none."""

import logging
import math
import time

from flask import request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from feedsvc.errors import Forbidden, Refused, TooMany
from feedsvc.keys import Key, Scope
from feedsvc.service import Service

log = logging.getLogger(__name__)

# Whoever has a key in truth mistypes it a few times; whoever tries them out would need ages at this rate.
_FAILURES = parse("10 per minute")


class Gate:
    """Lets in whoever has a key for what they want; counts for itself, in this process."""

    def __init__(self, service: Service) -> None:
        self._keys = service.keys
        self._rate = parse(service.config.api_rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def admit(self, scope: Scope) -> Key:
        """The key of the request. Raises `Refused` (401) where there is none, `Forbidden` (403) for one that is not
        good for `scope`, and `TooMany` (429)."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            if kind.lower() != "bearer":
                raise Refused("There is no bearer token.")
            key = self._keys.known(token.strip())
        except Refused as refusal:
            client = request.remote_addr or ""
            if token:
                log.warning("refused a key from %s: %s", client, refusal)
                # Whoever has a good one from there, behind the same proxy maybe, is let in meanwhile.
                if not self._limiter.hit(_FAILURES, client):
                    raise self._too_many(_FAILURES, client) from None
            raise
        if not self._limiter.hit(self._rate, key.name):
            raise self._too_many(self._rate, key.name)
        if not key.allows(scope):
            raise Forbidden(f"The key {key.name} is for {key.scope} only; this needs one for {scope}.")
        return key

    def _too_many(self, limit: RateLimitItem, who: str) -> TooMany:
        reset = self._limiter.get_window_stats(limit, who).reset_time
        return TooMany("Too many requests; wait.", max(1, math.ceil(reset - time.time())))
