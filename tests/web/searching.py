"""What the tests of search share: asking on the page and in the feeds, and waiting for the index."""

from conftest import Site, eventually
from web_tools import page

from feedsvc.urls import asking

FEEDS = [f"/feeds/search.{form}" for form in ("rss", "atom", "json")]


def settle(site: Site) -> None:
    """Wait until the index has followed the journal to its end."""
    site.settle()
    eventually(lambda: site.service.indexer.backlog().pending == 0)


def found(site: Site, text: str) -> list[str]:
    """The ids of what a text finds in the JSON Feed, in their order."""
    response = site.get(f"/feeds/search.json?{asking(text)}")
    assert response.status_code == 200, text
    return [item["id"] for item in response.json()["items"]]


def shown(site: Site, text: str) -> list[str]:
    """The headlines that the page of a text shows, in their order."""
    response = site.get(f"/search?{asking(text)}")
    assert response.status_code == 200, text
    return [link.text_content() for link in page(response).xpath("//ol[@class='stories']//a")]
