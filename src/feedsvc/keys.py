"""Keys to the API: a token that is shown once, and of which the database has a hash only."""

import hashlib
import hmac
import secrets
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import insert, select, update

from feedsvc.desk.transaction import SCHEDULE, SHELL, Transaction
from feedsvc.errors import Conflict, NotFound, Refused, Rejected
from feedsvc.store.database import Database
from feedsvc.store.schema import KeyRow
from feedsvc.text import one_line

Scope = Literal["read", "edit", "publish"]
"""What a key is good for; each contains the one before. `edit` does all that no reader of the site ever sees."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

PREFIX = "feedsvc_"
"""What every token begins with, by which those who look for leaked secrets know it."""

_SECRET_LENGTH = 32
_CHECK_LENGTH = 6
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# What the log calls those who need none.
_TAKEN = frozenset({SHELL.name, SCHEDULE.name})


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its name, its scope, and what happened to it when (UTC)."""

    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None

    def allows(self, scope: Scope) -> bool:
        """Whether it is good for what needs `scope`."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


_KEY = select(
    *(KeyRow.name, KeyRow.scope, KeyRow.created_at, KeyRow.expires_at, KeyRow.revoked_at, KeyRow.used_at), KeyRow.digest
)


class Keys:
    """The keys of one database; safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used: dict[str, datetime] = {}

    def create(self, name: str, scope: Scope, lasts: timedelta | None = None) -> str:
        """A new key, which expires after a while if it is to; returns its token, which nobody can look up again.

        Raises `Rejected` for a name that is empty or long, and `Conflict` for one that there is, revoked or not: the
        log knows who did what by it.
        """
        name, now = one_line(name), datetime.now(UTC)
        if not 0 < len(name) <= 100:
            raise Rejected("has to have 1 to 100 characters", "name")
        if name in _TAKEN:
            raise Rejected("is what the log calls somebody else", "name")
        token = _mint()
        with self._database.write() as connection:
            transaction = Transaction(connection, now, SHELL)
            if connection.execute(select(KeyRow.name).where(KeyRow.name == name)).first():
                raise Conflict(f"There is, or was, a key named {name}.")
            key = {"name": name, "scope": scope, "digest": _digest(token), "created_at": transaction.at}
            expires_at = transaction.at + lasts if lasts else None
            connection.execute(insert(KeyRow).values(key | {"expires_at": expires_at}))
            transaction.log.append("create", name, of="key")
            transaction.close()
        return token

    def revoke(self, name: str) -> None:
        """Make a key good for nothing, from now on and for ever. Raises `NotFound`, and `Conflict` if it was so."""
        with self._database.write() as connection:
            transaction = Transaction(connection, datetime.now(UTC), SHELL)
            row = connection.execute(select(KeyRow.revoked_at).where(KeyRow.name == name)).one_or_none()
            if row is None:
                raise NotFound(f"There is no key named {name}.")
            if row.revoked_at:
                raise Conflict(f"The key {name} was revoked already, on {row.revoked_at:%Y-%m-%d %H:%M} UTC.")
            connection.execute(update(KeyRow).where(KeyRow.name == name).values(revoked_at=transaction.at))
            transaction.log.append("revoke", name, of="key")
            transaction.close()

    def all(self) -> Sequence[Key]:
        """Every key there ever was, by name."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(_KEY.order_by(KeyRow.name))]

    def known(self, token: str) -> Key:
        """The key of a token, of which `note_uses` will know. Raises `Refused` for one that is good for nothing."""
        if not is_well_formed(token):
            raise Refused("That is no token of ours.")
        digest, now = _digest(token), datetime.now(UTC)
        with self._database.read() as connection:
            row = connection.execute(_KEY.where(KeyRow.digest == digest)).one_or_none()
        if row is None or not hmac.compare_digest(row.digest, digest):
            raise Refused("There is no key with that token.")
        key = _key(row)
        if key.revoked_at or (key.expires_at and key.expires_at <= now):
            raise Refused(f"The key {key.name} is {'revoked' if key.revoked_at else 'expired'}.")
        self._used[key.name] = now
        return key

    def note_uses(self) -> None:
        """Write down which keys were used when; for now and then, as whoever uses one waits for no writer."""
        used, self._used = self._used, {}
        if used:
            with self._database.write() as connection:
                for name, at in list(used.items()):  # whoever has just taken hold of it may still write
                    connection.execute(update(KeyRow).where(KeyRow.name == name).values(used_at=at))


def is_well_formed(token: str) -> bool:
    """Whether a token can be one of ours: it ends in a checksum, so that what was mistyped, or only looks like a
    token, is told from a secret without asking anybody."""
    body = token.removeprefix(PREFIX)
    secret, check = body[:_SECRET_LENGTH], body[_SECRET_LENGTH:]
    return token.startswith(PREFIX) and len(body) == _SECRET_LENGTH + _CHECK_LENGTH and check == _check(secret)


def _mint() -> str:
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return f"{PREFIX}{secret}{_check(secret)}"


def _check(secret: str) -> str:
    number, digits = zlib.crc32(secret.encode()), ""
    for _ in range(_CHECK_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def _digest(token: str) -> str:
    # Of 190 random bits: there is nothing to guess that a slow hash would make slower.
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: tuple[object, ...]) -> Key:
    *known, _digest_of_token = row
    return Key(*known)  # type: ignore[arg-type]  # as the columns are declared
