"""Passing an article on: plain links that say its address and title rightly, and say nothing before they are used."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Site
from web_tools import BASE, page

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

TITLE = "Дождь & «ветер» 100 % + ə? #1 = 2 / 3"
ADDRESS = f"{BASE}/articles/ya%C4%9F%C4%B1%C5%9F"
SERVICES = {"Telegram", "WhatsApp", "X", "Facebook", "LinkedIn"}


@pytest.fixture
def links(make_site: Callable[..., Site]) -> dict[str, str]:
    """The links of an article that pass it on, by what they are called."""
    site = make_site(base_url=BASE)
    site.publish(title=TITLE, _feedsvc={"slug": "yağış"})
    share = page(site.get("/articles/yağış")).find(".//article/footer/div[@class='share']")
    assert {link.get("rel") for link in share.iter("a")} == {"nofollow", "nofollow noopener noreferrer"}
    assert {link.get("target") for link in share.iter("a")} == {None}
    button = share.find("button")
    assert (button.get("data-text"), button.get("hidden")) == (ADDRESS, "")
    return {link.text_content(): link.get("href") for link in share.iter("a")}


def test_a_letter_has_the_title_and_the_address(links: dict[str, str]) -> None:
    letter = urlsplit(links.pop("E-mail"))
    assert (letter.scheme, letter.path) == ("mailto", "")
    assert parse_qs(letter.query, strict_parsing=True) == {"subject": [TITLE], "body": [ADDRESS]}
    # RFC 6068 section 2: a plus is a plus there, and no space.
    assert "+" not in letter.query
    assert links.keys() == SERVICES


def test_every_service_gets_the_address_and_the_title_where_it_takes_one(links: dict[str, str]) -> None:
    given = {name: parse_qs(urlsplit(links[name]).query, strict_parsing=True) for name in SERVICES}
    assert given == {
        "Telegram": {"url": [ADDRESS], "text": [TITLE]},
        "WhatsApp": {"text": [f"{TITLE} {ADDRESS}"]},
        "X": {"url": [ADDRESS], "text": [TITLE]},
        "Facebook": {"u": [ADDRESS]},
        "LinkedIn": {"url": [ADDRESS]},
    }
    assert all(link.isascii() and link.startswith("https://") for name, link in links.items() if name in SERVICES)


def test_an_article_links_to_no_one_else(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE)
    site.publish(title="Rain", tags=["Khankendi"], _feedsvc={"slug": "rain"})
    site.publish(id="urn:gone", title="Gone", _feedsvc={"slug": "gone"})
    site.retract("urn:gone")
    hosts = {"news.example", "", "t.me", "wa.me", "x.com", "www.facebook.com", "www.linkedin.com"}
    assert {urlsplit(href).netloc for href in page(site.get("/articles/rain")).xpath("//a/@href")} == hosts
    for path in ("/", "/tags", "/tags/khankendi", "/articles/gone", "/nothing"):
        assert {urlsplit(href).netloc for href in page(site.get(path)).xpath("//a/@href")} <= {"news.example", ""}
