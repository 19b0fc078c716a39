"""The addresses of combined selections: what they are of, their one spelling, and what becomes of every other."""

import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import pytest
from conftest import Site
from web_tools import BASE, age, etags, identity, last_modified, page, raw, redirects, visible

from feedsvc.desk import tags
from feedsvc.newsroom import Newsroom

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

ARTICLES = {
    "both": {"tags": ["Rain", "Great Return"], "language": "en-GB", "authors": [{"name": "Leyla Əliyeva"}]},
    "rain": {"tags": ["Rain"], "language": "en", "authors": [{"name": "X"}, {"name": "Leyla Əliyeva"}]},
    "return": {"tags": ["great return"], "language": "az"},
    "cpp": {"tags": ["C++", "Rain"], "language": "az"},
    "none": {"language": "en"},
}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    site = make_site(base_url=BASE)
    for hour, (guid, fields) in enumerate(ARTICLES.items()):
        site.publish(id=guid, title=guid, date_published=f"2024-05-12T{hour:02}:00:00Z", **fields)
    return site


def listed(site: Site, name: str) -> list[str]:
    """The ids of what stands in the feed of a selection, oldest first."""
    return [item["id"] for item in json.loads(identity(site, f"/feeds/{name}.json"))["items"]][::-1]


def test_plus_is_both_a_comma_any_and_an_exclamation_mark_without(site: Site) -> None:
    expected = {
        "tags/great-return+rain": ["both"],
        "tags/great-return,rain": ["both", "rain", "return", "cpp"],
        "tags/!rain": ["return", "none"],
        "tags/rain+!great-return": ["rain", "cpp"],
        "tags/c-plus-plus,great-return+rain": ["both", "cpp"],
        "tags/c-plus-plus": ["cpp"],
        "tags/c-plus-plus+great-return": [],
        "en/news-line": ["both", "rain", "none"],
        "en-gb/news-line": ["both"],
        "az/news-line": ["return", "cpp"],
        "en/tags/rain": ["both", "rain"],
        "en-gb/tags/rain": ["both"],
        "az/tags/rain": ["cpp"],
        "az/tags/c-plus-plus,great-return+rain": ["cpp"],
        "en/tags/!rain": ["none"],
        f"authors/{quote('leyla-əliyeva')}": ["both", "rain"],
        "authors/x": ["rain"],
    }
    assert {name: listed(site, name) for name in expected} == expected


def test_the_feed_of_a_combination_says_what_it_is_of(site: Site) -> None:
    feed = json.loads(identity(site, "/feeds/az/tags/c-plus-plus,great-return+!rain.json"))
    assert feed["feed_url"] == f"{BASE}/feeds/az/tags/c-plus-plus,great-return+!rain.json"
    assert feed["home_page_url"] == f"{BASE}/az/tags/c-plus-plus,great-return+!rain"
    assert feed["title"].startswith("C++, Great Return − Rain — ")
    shown = visible(page(site.get("/az/tags/c-plus-plus,great-return+!rain")))
    assert "C++, Great Return − Rain" in shown


def test_every_other_spelling_is_sent_to_the_one_address(site: Site) -> None:
    both, any_of, without = "great-return+rain", "great-return,rain", "rain+!great-return"
    expected = {
        "rain+great-return": both,
        "RAIN+Great%20Return": both,
        "Great%20Return%20+%20Rain": both,
        "rain%2Bgreat-return": both,
        "great-return+rain+great-return": both,
        "%23rain+%23Great%20return": both,
        "rain+great/return": both,
        "great-return+rain,great-return+rain+c-plus-plus": both,
        "rain,great-return": any_of,
        "rain%2CGreat%20Return": any_of,
        "great-return,rain+!great-return": any_of,
        "!great-return+rain": without,
        "%21Great%20Return+rain": without,
        "!%23great-return+rain": without,
        "rain+great-return,rain+!great-return": "rain",
        "rain,rain": "rain",
        "C++": "c-plus-plus",
        "c%2B%2B": "c-plus-plus",
    }
    for folder in ("feeds/tags", "feeds/en/tags"):
        moves = {f"/{folder}/{old}.rss": (301, f"{BASE}/{folder}/{new}.rss") for old, new in expected.items()}
        assert redirects(site, list(moves)) == moves
    moves = {f"/tags/{old}": (301, f"{BASE}/tags/{new}") for old, new in expected.items()}
    assert redirects(site, list(moves)) == moves


def test_so_is_every_other_spelling_of_a_language_an_author_and_the_rest(site: Site) -> None:
    author = quote("leyla-əliyeva")
    expected = {
        "/feeds/EN/news-line.atom": "/feeds/en/news-line.atom",
        "/feeds/en_GB/News-Line.atom": "/feeds/en-gb/news-line.atom",
        "/feeds/en-GB/Tags/Rain.JSON": "/feeds/en-gb/tags/rain.json",
        "/feeds/az/tags/rain,!rain.rss": "/feeds/az/news-line.rss",
        "/feeds/tags/rain,!rain.rss": "/feeds/news-line.rss",
        f"/feeds/authors/{quote('Leyla ƏLİYEVA')}.rss": None,
        f"/feeds/authors/{quote('LEYLA Əliyeva')}.rss": f"/feeds/authors/{author}.rss",
        "/feeds/tags/great-return+rain.rss/": "/feeds/tags/great-return+rain.rss",
        "/Feeds//tags/Rain+Great%20Return.RSS/": "/feeds/tags/great-return+rain.rss",
        "/tags/great-return+rain/": "/tags/great-return+rain",
        "/tags/rain,!rain": "/",
        "/EN/tags/rain": "/en/tags/rain",
        "/en-GB/news-line/": "/en-gb/news-line",
        "/tags/Rain+great-return?before=1": "/tags/great-return+rain?before=1",
    }
    moves = {old: (301, BASE + new) if new else (404, None) for old, new in expected.items()}
    assert redirects(site, list(moves)) == moves


def test_what_is_encoded_needlessly_is_one_document_all_the_same(site: Site) -> None:
    """WSGI gives paths decoded, so that these are one address to us, with one entry in the cache."""
    usual = raw(site, "/feeds/tags/great-return+rain.rss")
    renders = site.service.cache.renders
    for target in ("great-return%2Brain", "%67reat-return+rain", "great-return+rai%6E"):
        answer = raw(site, f"/feeds/tags/{target}.rss")
        assert (answer.status, answer.body) == (200, usual.body)
    assert site.service.cache.renders == renders


def test_every_spelling_has_the_one_entry_in_the_cache(site: Site) -> None:
    for name in ("great-return+rain", "great-return,rain"):
        site.get(f"/feeds/tags/{name}.rss", accept_encoding="identity")
    renders, kept = site.service.cache.renders, site.service.cache.kept
    for name in ("rain+great-return", "Rain,Great%20Return", "rain,rain+c-plus-plus,great-return"):
        raw(site, f"/feeds/tags/{name}.rss")
    assert (site.service.cache.renders, site.service.cache.kept) == (renders, kept)


@pytest.mark.parametrize("folder", ["/feeds/tags", "/feeds/az/tags", "/tags", "/az/tags"])
def test_an_unknown_tag_is_not_found_and_named(site: Site, folder: str) -> None:
    ending = ".rss" if "feeds" in folder else ""
    for name in ("rain+nobody", "nobody,rain", "rain+!nobody", "!nobody", "Nobody+RAIN"):
        answer = site.get(f"{folder}/{name}{ending}")
        assert answer.status_code == 404, name
        assert "There is no tag “nobody”." in visible(page(answer))


def test_what_is_too_much_or_nothing_is_not_found(site: Site) -> None:
    many = "+".join(f"t{n}" for n in range(9))
    targets = [f"/feeds/tags/{name}.rss" for name in (many, "rain+!rain", ",", "+,", "!", ",".join(["rain"] * 33))]
    targets += ["/feeds/fr/news-line.rss", "/feeds/authors/nobody.rss", "/feeds/en/az/news-line.rss", "/feeds/tags.rss"]
    targets += ["/feeds/tags/.rss", "/feeds/tags/%00+rain.rss", f"/feeds/tags/{'x,' * 10_000}.rss", "/fr/tags/rain"]
    assert redirects(site, targets) == dict.fromkeys(targets, (404, None))


def test_what_names_a_retired_tag_is_gone_and_back_with_it(site: Site, newsroom: Newsroom) -> None:
    names = ["great-return+rain", "great-return,rain", "!great-return", "Rain+Great%20Return"]
    targets = [f"/feeds/tags/{name}.rss" for name in names] + [f"/tags/{name}" for name in names]
    before = redirects(site, targets)
    assert {status for status, _ in before.values()} == {200, 301}
    with newsroom.tag("great-return") as (transaction, tag):
        tags.retire(transaction, tag)
    site.settle()
    assert redirects(site, targets) == dict.fromkeys(targets, (410, None))
    assert "The tag “great-return” was retired." in visible(page(site.get(targets[0])))
    assert site.get("/feeds/tags/rain.rss").status_code == 200
    with newsroom.tag("great-return") as (transaction, tag):
        tags.restore(transaction, tag)
    site.settle()
    assert redirects(site, targets) == before


def test_what_names_a_renamed_tag_leads_to_its_new_name_and_its_new_place(site: Site, newsroom: Newsroom) -> None:
    assert site.get("/feeds/tags/great-return+rain.rss").status_code == 200
    with newsroom.tag("great-return") as (transaction, tag):
        tags.rename(transaction, tag, "The Return")
    site.settle()
    moves = {
        "/feeds/tags/great-return+rain.rss": "/feeds/tags/rain+the-return.rss",
        "/feeds/tags/rain+Great%20Return.rss": "/feeds/tags/rain+the-return.rss",
        "/feeds/en/tags/!great-return.rss": "/feeds/en/tags/!the-return.rss",
        "/feeds/tags/great-return,the-return.rss": "/feeds/tags/the-return.rss",
        "/feeds/tags/great-return+!the-return,rain.rss": "/feeds/tags/rain.rss",
    }
    assert redirects(site, list(moves)) == {old: (301, BASE + new) for old, new in moves.items()}
    assert listed(site, "tags/rain+the-return") == ["both"]
    assert redirects(site, ["/feeds/tags/great-return+!the-return.rss"]).popitem()[1] == (404, None)


def test_what_names_a_merged_tag_leads_to_what_it_went_into(site: Site, newsroom: Newsroom) -> None:
    uri = json.loads(identity(site, "/feeds/tags/c-plus-plus,rain.json"))
    assert uri["feed_url"].endswith("/c-plus-plus,rain.json")
    with newsroom.tag("great-return") as (transaction, tag):
        tags.merge(transaction, tag, tags.require(transaction, "rain"))
    site.settle()
    moves = {
        "/feeds/tags/great-return+rain.rss": "/feeds/tags/rain.rss",
        "/feeds/tags/great-return,rain.rss": "/feeds/tags/rain.rss",
        "/feeds/tags/c-plus-plus+great-return.rss": "/feeds/tags/c-plus-plus+rain.rss",
        "/feeds/tags/great-return,!rain.rss": "/feeds/news-line.rss",
        "/tags/c-plus-plus+!great-return": "/tags/c-plus-plus+!rain",
    }
    assert redirects(site, list(moves)) == {old: (301, BASE + new) for old, new in moves.items()}
    assert listed(site, "tags/rain") == ["both", "rain", "return", "cpp"]
    assert redirects(site, ["/feeds/tags/great-return+!rain.rss"]).popitem()[1] == (404, None)


VALIDATED = ["great-return+rain", "great-return,rain", "!rain", "rain+!great-return"]


def test_the_validators_of_a_combination_move_when_its_content_does(site: Site) -> None:
    paths = [
        f"/feeds/{folder}tags/{name}.{form}" for folder in ("", "en/") for name in VALIDATED for form in ("rss", "json")
    ]
    age(site, 3600)
    before = etags(site, paths)
    dates = {path: last_modified(site.get(path)) for path in paths}
    site.publish(
        id="rain", title="rain", date_published="2024-05-12T01:00:00Z", **ARTICLES["rain"] | {"language": "az"}
    )
    after = etags(site, paths)
    moved = {path for path in paths if after[path] != before[path]}
    assert moved == {path for path in paths if "/great-return,rain." in path or "/rain+!great-return." in path}
    later = {path: last_modified(site.get(path)) for path in paths}
    assert {path for path in paths if later[path] > dates[path]} == moved
    assert {path for path in paths if later[path] < dates[path]} == set()
    for path in paths:
        kept = site.get(path, if_none_match=before[path])
        assert kept.status_code == (200 if path in moved else 304)
        assert parsedate_to_datetime(kept.headers["last-modified"]) == later[path]


def test_last_modified_of_a_combination_does_not_go_back_when_its_only_article_leaves(site: Site) -> None:
    path = "/feeds/tags/great-return+rain.rss"
    age(site, 3600)
    moments = [last_modified(site.get(path))]
    site.publish(id="both", title="both", **ARTICLES["both"] | {"tags": ["Rain"]})
    moments.append(last_modified(site.get(path)))
    site.retract("both")  # which it is not about any more
    moments.append(last_modified(site.get(path)))
    assert moments[0] < moments[1] == moments[2]
    assert listed(site, "tags/great-return+rain") == []


def test_a_site_of_one_language_is_there_before_its_first_article(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url=BASE, language="az", all_languages=False)
    assert site.get("/").status_code == 200
    assert listed(site, "news-line") == []
    site.publish(id="en", title="en", language="en", tags=["Rain"])
    assert listed(site, "news-line") == []
    site.publish(id="az", title="az", tags=["Rain"])
    assert listed(site, "news-line") == listed(site, "tags/rain") == ["az"]
    assert listed(site, "en/tags/rain") == ["en"]


@pytest.mark.parametrize(
    "address", ["/feeds/{}.rss", "/embed/{}", "/subscribe/{}", "/oembed?url=http://127.0.0.1:8000/{}"]
)
def test_an_address_of_many_folders_is_none(site: Site, address: str) -> None:
    assert site.get(address.format("a/" * 1_500 + "x")).status_code == 404
