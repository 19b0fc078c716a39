"""The stylesheet that feeds name: where it is, how it is sent, and that it speaks the site's language."""

import re
import tomllib
from collections.abc import Callable

import pytest
from conftest import Site
from web_tools import BASE, FEEDS

from feedsvc.pages.templates import templates_folder

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

SPOKEN = {"feed_is", "feed_use", "feed_copy", "feed_page", "empty"}
PLAIN = "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400"


def stylesheets(site: Site, path: str) -> list[str]:
    return re.findall(r'<\?xml-stylesheet type="text/css" href="([^"]*)"\?>', site.get(path).text)


@pytest.mark.parametrize("path", FEEDS)
def test_every_xml_feed_names_the_stylesheet_below_the_sites_path(make_site: Callable[..., Site], path: str) -> None:
    for base, named in ((BASE, "/assets/feed.css"), (f"{BASE}/sub", "/sub/assets/feed.css")):
        site = make_site(base_url=base)
        site.publish(id="tag:x,2024:1", tags=["Khankendi"])
        assert stylesheets(site, path) == ([] if path.endswith(".json") else [named])


def test_the_stylesheet_is_sent_like_other_files_of_the_site(site: Site) -> None:
    response = site.get("/assets/feed.css")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == PLAIN
    again = site.get("/assets/feed.css", if_none_match=response.headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, PLAIN)


def test_the_stylesheet_asks_for_nothing(site: Site) -> None:
    sheet = site.get("/assets/feed.css").text
    assert "@import" not in sheet
    assert "url(" not in sheet


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("az", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")])
def test_the_stylesheet_speaks_the_language_of_the_site(
    make_site: Callable[..., Site], language: str, direction: str
) -> None:
    sheet = make_site(language=language).get("/assets/feed.css").text
    phrases = tomllib.loads((templates_folder() / "phrases.toml").read_text("utf-8"))[language[:2]]
    for key in SPOKEN:
        assert f'"{phrases[key]}"' in sheet
    assert f"direction: {direction};" in sheet


def test_every_language_has_the_words_that_explain_a_feed() -> None:
    for language, phrases in tomllib.loads((templates_folder() / "phrases.toml").read_text("utf-8")).items():
        assert phrases.keys() >= SPOKEN, language
