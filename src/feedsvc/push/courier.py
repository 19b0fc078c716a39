"""The courier: brings one letter to one callback, and judges what came of it."""

import hmac
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedsvc.push.client import Client, Reply
from feedsvc.push.deliveries import Delivery, Settled
from feedsvc.push.letters import Letter

SLOW_SECONDS = 1.0
"""Whoever takes longer than this is slow."""

_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 10.0, 3_600.0


class Courier:
    """Delivers by way of a client, and signs with `hash_name` for those who gave a secret (WebSub section 7.1)."""

    def __init__(self, client: Client, hash_name: str, retry_seconds: float) -> None:
        self._client = client
        self._hash_name = hash_name
        self._retry = timedelta(seconds=retry_seconds)

    async def bring(self, delivery: Delivery, letter: Letter) -> Settled:
        """Bring a letter. Whatever happens, it is in what is returned."""
        headers = {"Content-Type": letter.content_type, "Link": letter.link}
        if delivery.secret:
            signature = hmac.new(delivery.secret.encode(), letter.body, self._hash_name).hexdigest()
            headers["X-Hub-Signature"] = f"{self._hash_name}={signature}"
        began = time.monotonic()
        reply = await self._client.post(delivery.callback, headers, letter.body)
        troubled = not reply.is_good or time.monotonic() - began > SLOW_SECONDS
        settled = self._judge(delivery, reply, letter.revision)
        return replace(settled, troubled=troubled) if troubled != delivery.troubled else settled

    def _judge(self, delivery: Delivery, reply: Reply, revision: int) -> Settled:
        now = datetime.now(UTC)
        if reply.is_good:
            return Settled(delivery.id, "delivered", now, revision)
        if reply.status == 410:
            return Settled(delivery.id, "gone", now)
        if now - (delivery.failing_since or now) >= self._retry:
            return Settled(delivery.id, "given_up", now, revision, reply.error)
        pause = min(_SHORTEST_PAUSE_SECONDS * 2**delivery.attempts, _LONGEST_PAUSE_SECONDS)
        # Not all of those that failed together again at the same moment.
        pause *= random.uniform(0.5, 1)  # noqa: S311 - no secret
        pause = max(pause, min(reply.wait_seconds, _LONGEST_PAUSE_SECONDS))
        return Settled(delivery.id, "failed", now + timedelta(seconds=pause), error=reply.error)
