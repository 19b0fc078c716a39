"""The News Line, tags and authors in many languages: pages in each one's words and direction, and feeds that say it."""

from collections.abc import Callable
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from conftest import Site
from lxml import html
from web_tools import page, redirects, visible

from feedsvc.desk import tags
from feedsvc.item import read_item

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATOM = "{http://www.w3.org/2005/Atom}"


class Tongue(NamedTuple):
    """A language, its direction, what it calls itself, a headline, and what it calls Karabakh."""

    code: str
    way: str
    name: str
    headline: str
    karabakh: str


TONGUES = [
    Tongue("az", "ltr", "azərbaycan", "Xankəndidə yeni park açıldı", "Qarabağ"),
    Tongue("ru", "ltr", "русский", "В Ханкенди открылся новый парк", "Карабах"),
    Tongue("ar", "rtl", "العربية", "افتتاح حديقة جديدة في خانكندي", "قره باغ"),
    Tongue("en", "ltr", "English", "A new park opens in Khankendi", "Karabakh"),
    Tongue("tr", "ltr", "Türkçe", "Hankendi’nde yeni park açıldı", "Karabağ"),
    Tongue("fa", "rtl", "فارسی", "پارک تازه‌ای در خان‌کندی گشوده شد", "قره‌باغ"),
    Tongue("he", "rtl", "עברית", "פארק חדש נפתח בחנקנדי", "קרבאך"),
    Tongue("zh-Hant", "ltr", "中文 (繁體)", "漢肯迪新公園開幕", "卡拉巴赫"),
    Tongue("hi", "ltr", "हिन्दी", "ख़ानकेंदी में नया उद्यान खुला", "काराबाख़"),
    Tongue("ka", "ltr", "ქართული", "ხანქენდში ახალი პარკი გაიხსნა", "ყარაბაღი"),
]
NAMES = [tongue.name.partition(" ")[0] for tongue in sorted(TONGUES)]


def label(site: Site, tag: str, **labels: str | None) -> None:
    """Call a tag otherwise in languages, as an editor would."""
    with site.service.newsroom.tag(tag) as (transaction, found):
        tags.translate(transaction, found, {code.replace("_", "-"): text for code, text in labels.items()})
    site.settle()


@pytest.fixture
def world(site: Site) -> Site:
    """The same news in ten languages, under one tag that is labelled in each, by two authors."""
    items = [
        {
            "id": tongue.code,
            "title": tongue.headline,
            "content_text": f"{tongue.headline}.",
            "language": tongue.code,
            "tags": ["Karabakh", "Parks"],
            "authors": [{"name": "Aygün Əliyeva"}, {"name": "م. رضایی" if tongue.way == "rtl" else "A. Reporter"}],
        }
        for tongue in TONGUES
    ]
    site.service.newsroom.accept([read_item(item) for item in items])
    label(site, "karabakh", **{tongue.code: tongue.karabakh for tongue in TONGUES if tongue.code != "en"})
    return site


def alternates(document: html.HtmlElement) -> dict[str, str]:
    """The addresses of a page in other languages, by language."""
    links = document.xpath("//head/link[@hreflang]")
    return {link.get("hreflang"): link.get("href") for link in links}


def test_a_page_of_a_language_is_in_that_language(world: Site) -> None:
    base = world.config.base_url
    for tongue in TONGUES:
        folder = tongue.code.lower()
        line = page(world.get(f"/{folder}/news-line"))
        assert (line.get("lang"), line.get("dir")) == (tongue.code, tongue.way)
        assert line.findtext(".//h1/bdi") == tongue.name
        assert [each.text_content() for each in line.xpath("//article//h2")] == [tongue.headline]
        assert not line.xpath("//article//h2/@lang")  # it is the page's
        assert alternates(line) == {tongue.code: f"{base}/{folder}/news-line", "x-default": f"{base}/"}

        tagged = page(world.get(f"/{folder}/tags/karabakh"))
        assert (tagged.get("lang"), tagged.get("dir")) == (tongue.code, tongue.way)
        assert tagged.findtext(".//h1/bdi") == tongue.karabakh
        assert f"#{tongue.karabakh}" in visible(tagged)
        assert alternates(tagged) == {}

        subscribe = page(world.get(f"/subscribe/{folder}/tags/karabakh"))
        assert (subscribe.get("lang"), subscribe.get("dir")) == (tongue.code, tongue.way)
        assert f"{tongue.karabakh} — News Line · {tongue.name}" in subscribe.findtext(".//h1")
        assert f"{base}/headlines/{folder}/tags/karabakh.json" in subscribe.get_element_by_id("script").text_content()
        assert not subscribe.xpath("//a[contains(@href, '/embed?')]")
    # A phrase of each language that has phrases, where English would say “Subscribe”.
    said = {each: page(world.get(f"/{each}/news-line")).get_element_by_id("subscribe").text for each in ("az", "fa")}
    assert said == {"az": "Abunə olun", "fa": "اشتراک"}


def test_a_feed_of_a_language_says_so_in_every_format(world: Site) -> None:
    for tongue in TONGUES:
        for name, title in (
            (f"{tongue.code.lower()}/news-line", f"News Line · {tongue.name}"),
            (f"{tongue.code.lower()}/tags/karabakh", f"{tongue.karabakh} — News Line · {tongue.name}"),
        ):
            rss = ElementTree.fromstring(world.get(f"/feeds/{name}.rss").content)
            assert rss.findtext("channel/language") == tongue.code
            assert rss.findtext("channel/title") == title
            assert [item.text for item in rss.iterfind("channel/item/title")] == [tongue.headline]
            assert tongue.karabakh in [each.text for each in rss.iterfind("channel/item/category")]
            atom = ElementTree.fromstring(world.get(f"/feeds/{name}.atom").content)
            assert atom.get(XML_LANG) == tongue.code
            assert atom.findtext(f"{ATOM}title") == title
            assert [each.get("label") for each in atom.iter(f"{ATOM}category")] == [tongue.karabakh, "Parks"]
            assert next(atom.iter(f"{ATOM}category")).get("term") == "karabakh"
            feed = world.get(f"/feeds/{name}.json").json()
            assert (feed["language"], feed["title"]) == (tongue.code, title)
            assert [(item["language"], item["title"]) for item in feed["items"]] == [(tongue.code, tongue.headline)]


def test_the_front_names_the_languages_that_there_are(world: Site) -> None:
    base = world.config.base_url
    # All Chinese here is traditional, and found as Chinese.
    lines = {code: f"{base}/{code}/news-line" for code in (tongue.code.partition("-")[0] for tongue in TONGUES)}
    front = page(world.get("/"))
    assert alternates(front) == lines | {"x-default": f"{base}/"}
    links = front.xpath("//*[@class='versions']//a")
    assert [(link.text, link.get("dir", "ltr")) for link in links] == sorted(
        ((tongue.name.partition(" ")[0], tongue.way) for tongue in TONGUES), key=lambda pair: NAMES.index(pair[0])
    )

    world.publish(id="de", title="Ein neuer Park", language="de-AT")
    assert alternates(page(world.get("/"))) == lines | {
        "de": f"{base}/de/news-line",
        "x-default": f"{base}/",
    }
    world.publish(id="de2", title="Noch ein Park", language="de")
    assert {"de", "de-AT"} <= set(alternates(page(world.get("/"))))
    world.retract("de")
    world.retract("de2")
    world.retract("fa")
    del lines["fa"]
    assert alternates(page(world.get("/"))) == lines | {"x-default": f"{base}/"}


def test_a_site_of_one_language_names_none(site: Site) -> None:
    assert alternates(page(site.get("/"))) == {}
    site.publish(language="en-GB")
    site.publish(language="en-GB")
    front = page(site.get("/"))
    assert alternates(front) == {}
    assert not front.xpath("//*[@class='versions']")


def test_british_english_is_english(site: Site) -> None:
    for code in ("en-GB", "en", "en-US-x-Twain", "fr"):
        site.publish(id=code, title=f"In {code}", language=code)

    def listed(name: str) -> list[str]:
        return [item["id"] for item in site.get(f"/feeds/{name}.json").json()["items"]]

    assert listed("en/news-line") == ["en-US-x-Twain", "en", "en-GB"]
    assert listed("en-gb/news-line") == ["en-GB"]
    assert listed("en-us/news-line") == listed("en-us-x-twain/news-line") == ["en-US-x-Twain"]
    assert page(site.get("/en-gb/news-line")).get("lang") == "en-GB"
    assert site.get("/feeds/en-gb/news-line.json").json()["title"] == "News Line · English (United Kingdom)"
    site.publish(id="en-GB", title="Moved to French", language="fr")
    assert (listed("en/news-line"), listed("en-gb/news-line")) == (["en-US-x-Twain", "en"], [])


def test_a_language_has_one_address(world: Site) -> None:
    base = world.config.base_url
    assert redirects(
        world,
        [
            "/AZ/news-line",
            "/zh_hant/News-Line",
            "/AZ/tags/Karabakh",
            "/feeds/AZ/news-line.rss",
            "/subscribe/AZ/news-line",
        ],
    ) == {
        "/AZ/news-line": (301, f"{base}/az/news-line"),
        "/zh_hant/News-Line": (404, None),
        "/AZ/tags/Karabakh": (301, f"{base}/az/tags/karabakh"),
        "/feeds/AZ/news-line.rss": (301, f"{base}/feeds/az/news-line.rss"),
        "/subscribe/AZ/news-line": (301, f"{base}/subscribe/az/news-line"),
    }
    for address in ("/sw/news-line", "/a/news-line", "/az/az/news-line", "/az/authors/a-reporter", "/az/tags/nothing"):
        assert world.get(address).status_code == 404, address
        assert world.get(f"/feeds{address}.rss").status_code == 404, address
    with world.service.newsroom.tag("parks") as (transaction, found):
        tags.retire(transaction, found)
    world.settle()
    assert [world.get(address).status_code for address in ("/az/tags/parks", "/feeds/az/tags/parks.atom")] == [410, 410]


def test_tags_are_combined_within_a_language(world: Site) -> None:
    world.publish(id="az2", title="Dağlar", language="az", tags=["Mountains"])
    feed = world.get("/feeds/az/tags/karabakh+parks,mountains.json").json()
    assert [item["id"] for item in feed["items"]] == ["az2", "az"]
    assert feed["title"] == "Qarabağ + Parks, Mountains — News Line · azərbaycan"
    assert [item["id"] for item in world.get("/feeds/az/tags/!karabakh.json").json()["items"]] == ["az2"]


def test_a_label_is_that_of_the_narrowest_language_that_has_one(site: Site) -> None:
    site.publish(id="a", title="A", language="zh-Hant-TW", tags=["Parks"])
    heading = "/zh-hant-tw/tags/parks"
    for labels, shown in (
        ({"zh": "公园"}, "公园"),
        ({"ZH-hant": "公園"}, "公園"),
        ({"zh-Hant-TW": "臺灣公園"}, "臺灣公園"),
        ({"zh-Hant-TW": "", "zh-Hant": None}, "公园"),
        ({"zh": None}, "Parks"),
    ):
        label(site, "parks", **{code.replace("-", "_"): text for code, text in labels.items()})
        assert page(site.get(heading)).findtext(".//h1/bdi") == shown
        assert f"#{shown}" in site.get("/articles/a").text
        assert f'label="{shown}"' in site.get("/feeds/news-line.atom").text


def test_an_author_has_a_page_and_feeds(world: Site) -> None:
    base = world.config.base_url
    article = page(world.get(f"/articles/{article_slug(world, 'fa')}"))
    links = article.xpath("//*[@class='byline']//a")
    assert [(link.text, link.get("rel")) for link in links] == [("Aygün Əliyeva", "author"), ("م. رضایی", "author")]
    addresses = [link.get("href").removeprefix(base) for link in links]
    assert addresses[0] == "/authors/ayg%C3%BCn-%C9%99liyeva"
    author = page(world.get(addresses[0]))
    assert author.findtext(".//h1/bdi") == "Aygün Əliyeva"
    assert len(author.xpath("//article")) == len(TONGUES)
    assert len(page(world.get(addresses[1])).xpath("//article")) == 3
    for form in ("rss", "atom", "json"):
        assert f"{base}/feeds{addresses[0]}.{form}" in author.xpath("//link[@rel='alternate']/@href")
        assert world.get(f"/feeds{addresses[0]}.{form}").status_code == 200
    feed = world.get("/feeds/authors/م-رضایی.json").json()
    assert [item["id"] for item in feed["items"]] == ["he", "fa", "ar"]
    assert feed["title"] == "م. رضایی — News Line"
    assert world.get("/authors/A. REPORTER").headers["location"] == f"{base}/authors/a-reporter"
    assert world.get("/authors/nobody").status_code == 404
    world.retract("he")
    assert len(page(world.get(addresses[1])).xpath("//article")) == 2


def test_an_author_whom_no_address_could_carry_is_named_all_the_same(site: Site) -> None:
    site.publish(title="Rain", authors=[{"name": "***", "url": "https://stars.example/"}, {"name": "<b>Bold</b>"}])
    byline = page(site.get("/articles/rain")).find(".//*[@class='byline']")
    assert visible(byline) == "By *** and <b>Bold</b>"
    assert [link.get("href") for link in byline.iter("a")] == [f"{site.config.base_url}/authors/b-bold-b"]


def test_a_site_may_be_of_one_language_unless_another_is_asked_for(make_site: Callable[..., Site]) -> None:
    site = make_site(all_languages=False, language="en-GB")
    plain = ["/", "/feeds/news-line.rss", "/feeds/news-line.atom", "/feeds/news-line.json", "/subscribe/news-line"]
    assert [site.get(address).status_code for address in plain] == [200] * len(plain)
    assert page(site.get("/")).get("lang") == "en-GB"

    def listed(name: str) -> list[str]:
        return [item["id"] for item in site.get(f"/feeds/{name}.json").json()["items"]]

    assert listed("news-line") == []
    site.publish(id="az", title="Park", language="az", tags=["Parks"], authors=[{"name": "A"}])
    assert listed("news-line") == []
    site.publish(id="en", title="Park", tags=["Parks"], authors=[{"name": "A"}])
    assert listed("news-line") == listed("tags/parks") == ["en"]
    assert len(page(site.get("/")).xpath("//article")) == 1
    assert listed("az/news-line") == listed("az/tags/parks") == ["az"]
    assert listed("authors/a") == ["en", "az"]
    assert set(alternates(page(site.get("/")))) == {"az", "en", "x-default"}
    assert "count" not in site.get("/tags").text
    site.retract("az")
    assert alternates(page(site.get("/"))) == {}
    assert make_site(all_languages=True).get("/feeds/tags/parks.json").json()["items"][0]["id"] == "en"


def article_slug(site: Site, guid: str) -> str:
    with site.service.database.read() as connection:
        return str(site.service.records.require(connection, guid).item["_feedsvc"]["slug"])
