"""The pages on which people subscribe, and on which partners put an embed together."""

import pytest
from conftest import Site
from lxml import html
from web_tools import TYPES, page, raw, redirects, visible

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing


@pytest.fixture
def published(site: Site) -> Site:
    site.publish(title="Rain", tags=["Great Return", "<b>Bold</b>"])
    site.publish(title="Snow", tags=["Great Return"])
    return site


def snippet(document: html.HtmlElement, name: str) -> str:
    return str(document.get_element_by_id(name).text_content())


@pytest.mark.parametrize("name", ["news-line", "tags/great-return"])
def test_the_page_names_the_address_of_each_format(published: Site, name: str) -> None:
    base = published.config.base_url
    document = page(published.get(f"/subscribe/{name}"))
    addresses = [link.text for link in document.xpath("//*[@class='address']/a")]
    assert addresses == [f"{base}/feeds/{name}.{form}" for form in TYPES]
    assert [link.get("href") for link in document.xpath("//*[@class='address']/a")] == addresses
    copies = {button.get("data-copy") for button in document.iter("button")}
    copied = {document.get_element_by_id(name).text_content() for name in copies - {"script"}}
    assert copied == {*addresses, f"{base}/hub"}
    assert document.find(".//link[@rel='canonical']").get("href") == f"{base}/subscribe/{name}"
    # In the words of https://www.rfc-editor.org/rfc/rfc3986: a whole address in another's query is data, and escaped.
    readers = {link.text_content(): link.get("href") for link in document.xpath("//*[@class='readers']//a")}
    assert len(readers) == 5
    assert readers["Inoreader"].endswith(addresses[0].replace(":", "%3A").replace("/", "%2F"))
    assert readers["Reader on this device"] == f"feed:{addresses[0]}"


def test_every_page_leads_to_where_its_feeds_are_subscribed_to(published: Site) -> None:
    base = published.config.base_url
    for path, name in {"/": "news-line", "/tags": "news-line", "/tags/great-return": "tags/great-return"}.items():
        assert page(published.get(path)).get_element_by_id("subscribe").get("href") == f"{base}/subscribe/{name}"


def test_the_page_leads_to_other_feeds_the_most_used_first_and_to_the_embed(published: Site) -> None:
    links = page(published.get("/subscribe/tags/great-return")).xpath("//*[@class='others']//a")
    assert [visible(link) for link in links] == [
        "News Line",
        "#<b>Bold</b>",
        "All subjects",
        "All feeds in one file (OPML)",
    ]
    base = published.config.base_url
    for link in links:
        assert published.http.get(link.get("href")).status_code == 200
    document = page(published.get("/subscribe/tags/great-return"))
    assert document.xpath("//a[@class='button']")[0].get("href") == f"{base}/embed?tag=great-return"
    # What is to be copied there is what the embed's own page has for it.
    assert snippet(document, "script") == snippet(page(published.get("/embed?tag=great-return")), "script")


def test_unknown_selections_are_not_found_and_other_spellings_are_sent_on(published: Site) -> None:
    base = published.config.base_url
    for path in ("/subscribe/tags/none", "/subscribe/none", "/embed?tag=none"):
        assert published.get(path).status_code == 404
    expected = {
        "/subscribe/NEWS-LINE": "/subscribe/news-line",
        "/subscribe/tags/Great%20Return": "/subscribe/tags/great-return",
        "/subscribe/tags/great-return/": "/subscribe/tags/great-return",
        "/embed?tag=Great+Return&lang=en&count=5&theme=auto": "/embed?tag=great-return",
        "/embed?tag=&lang=az&count=99&theme=dark": "/embed?count=20&lang=az&theme=dark",
        "/embed/": "/embed",
    }
    assert redirects(published, list(expected)) == {old: (301, base + new) for old, new in expected.items()}


def test_a_partner_is_given_what_was_chosen_in_each_form(published: Site) -> None:
    base = published.config.base_url
    document = page(published.get("/embed?count=3&lang=az&theme=dark&tag=great-return"))
    script, element = html.fragments_fromstring(snippet(document, "script"))
    assert (script.get("type"), script.get("src")) == ("module", f"{base}/embed.js")
    assert dict(element.attrib) == {"src": f"{base}/tags/great-return", "count": "3", "theme": "dark", "lang": "az"}
    assert element.find("a").get("href") == f"{base}/tags/great-return"
    frame = html.fragment_fromstring(snippet(document, "frame"))
    assert frame.get("src") == f"{base}/embed/tags/great-return?count=3&lang=az&theme=dark"
    fixed = html.fragment_fromstring(snippet(document, "fixed"))
    pinned = published.http.get(fixed.get("src"))
    assert "immutable" in pinned.headers["cache-control"]
    assert pinned.content == published.get("/embed.js").content
    include = html.fragment_fromstring(snippet(document, "include"))
    assert include.get("src") == f"{base}/headlines/tags/great-return.html?count=3"
    for address in (frame.get("src"), include.get("src")):
        assert raw(published, address.removeprefix(base)).status == 200
    # What is shown is what is copied, but for a style in its place, which our policy allows in no page of ours.
    shown = document.xpath("//*[@class='shown']/*")
    assert frame.attrib.pop("style")
    assert [dict(one.attrib) for one in shown] == [dict(element.attrib), dict(frame.attrib)]


def test_by_default_a_partner_is_given_no_more_than_is_needed(published: Site) -> None:
    document = page(published.get("/embed"))
    element = html.fragments_fromstring(snippet(document, "script"))[1]
    assert dict(element.attrib) == {"src": f"{published.config.base_url}/"}
    names = [option.get("value") for option in document.get_element_by_id("tags")]
    assert names == ["Great Return", "<b>Bold</b>"]
    chosen = {select.get("name"): select.value for select in document.iter("select")}
    assert chosen == {"lang": "en", "theme": "auto"}
    assert {"Deutsch", "azərbaycan", "العربية"} <= {option.text for option in document.iter("option")}


def test_the_workbench_may_send_its_form_and_show_its_frame_and_no_more(published: Site) -> None:
    own = published.get("/embed").headers["content-security-policy"].split("; ")
    others = published.get("/").headers["content-security-policy"].split("; ")
    assert set(own) - set(others) == {"form-action 'self'", "frame-src 'self'"}
    assert set(others) - set(own) == {"form-action 'none'"}
