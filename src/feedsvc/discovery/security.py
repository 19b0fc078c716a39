"""Whom to tell of a weakness (RFC 9116)."""

from datetime import UTC, datetime

CONTENT_TYPE = "text/plain; charset=utf-8"

_MONTHS = 7


def write_security(contact: str, language: str, canonical: str, now: datetime) -> bytes:
    """The file that names `contact`; it is the same until the next month (UTC) begins."""
    fields = {
        "Contact": contact,
        "Expires": month_after(now, _MONTHS).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": language,
        "Canonical": canonical,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items()).encode()


def month_after(now: datetime, months: int) -> datetime:
    """The beginning (UTC) of the month so many months after the one of `now`."""
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
