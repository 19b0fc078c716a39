"""Made-up articles by number, in the order of publication."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conftest import Site

from feedsvc.item import Item, read_item

BEGIN = datetime(2024, 5, 1, tzinfo=UTC)


def guid(number: int) -> str:
    return f"tag:x,2024:{number}"


def article(number: int, **fields: Any) -> Item:
    """Article number so many, an hour after the one before."""
    moment = (BEGIN + timedelta(hours=number)).isoformat()
    return read_item({"id": guid(number), "title": f"No. {number}", "date_published": moment} | fields)


def take_in(site: Site, *articles: Item) -> None:
    """Have articles published, in one transaction."""
    outcomes = site.service.newsroom.accept(articles)
    assert {outcome.verdict for outcome in outcomes} <= {"imported", "updated"}, outcomes
    site.settle()


def ids(*several: int) -> set[str]:
    return set(map(guid, several))
