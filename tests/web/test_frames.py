"""Pages to be framed by others: headlines and cards, in the look that was asked for."""

from collections.abc import Callable

import pytest
from conftest import Site
from web_tools import CORS, page, raw, redirects, visible

from feedsvc.config import Config
from feedsvc.errors import ConfigError

FRAME = "/embed/tags/khankendi"


@pytest.fixture
def published(site: Site) -> Site:
    for number in range(7):
        site.publish(title=f"Day {number}", tags=["Khankendi"], date_published=f"2024-05-{number + 1:02}T09:30:00Z")
    site.publish(
        id="tag:x,2024:1",
        title="Rain & wind",
        summary="It rained.",
        image="https://images.example/rain.jpg",
        _feedsvc={"slug": "rain", "image": {"alt": "Rain"}},
        date_published="2024-05-01T00:00:00Z",
    )
    return site


def policy(site: Site, path: str) -> dict[str, str]:
    directives = site.get(path).headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (directive.partition(" ") for directive in directives)}


def test_a_frame_shows_as_many_headlines_as_were_asked_for(published: Site) -> None:
    for query, count in (("", 5), ("?count=1", 1), ("?count=7", 7), ("?count=20", 7)):
        links = page(published.get(FRAME + query)).findall(".//li/a")
        assert [link.text for link in links] == [f"Day {6 - number}" for number in range(count)]
        assert {(link.get("target"), link.get("rel")) for link in links} == {("_blank", "noopener")}
    heading = page(published.get("/embed/news-line")).find(".//h1/a")
    assert (heading.text, heading.get("href")) == ("News Line", f"{published.config.base_url}/")


def test_a_frame_speaks_the_language_and_wears_the_colours_that_were_asked_for(published: Site) -> None:
    plain = page(published.get(FRAME))
    assert (plain.get("lang"), plain.get("dir"), plain.get("data-theme")) == ("en", "ltr", "auto")
    chosen = page(published.get(f"{FRAME}?lang=ar&theme=dark"))
    assert (chosen.get("lang"), chosen.get("dir"), chosen.get("data-theme")) == ("ar", "rtl", "dark")
    assert "مايو" in visible(chosen)


def test_a_card_shows_one_article_and_nothing_of_a_withdrawn_one(published: Site) -> None:
    card = page(published.get("/embed/articles/rain?theme=light"))
    assert card.get("data-theme") == "light"
    assert visible(card.find(".//main")).startswith("Rain & wind It rained. News Line")
    assert (card.find(".//img").get("src"), card.find(".//img").get("alt")) == (
        "https://images.example/rain.jpg",
        "Rain",
    )
    published.retract("tag:x,2024:1")
    response = published.get("/embed/articles/rain?theme=light")
    assert response.status_code == 410
    assert visible(page(response).find(".//main")) == "This article has been withdrawn News Line"
    assert "rain" not in response.text.lower()


def test_frames_say_who_may_frame_them_and_need_nothing_from_elsewhere(make_site: Callable[..., Site]) -> None:
    settings = {"*": "*", "'none'": "'none'", " https://a.example  https://*.b.example:8443 ": None}
    for setting, expected in settings.items():
        site = make_site(frame_ancestors=setting)
        site.publish(title="Rain", _feedsvc={"slug": "rain"})
        for path in ("/embed/news-line", "/embed/articles/rain"):
            ancestors = policy(site, path).pop("frame-ancestors")
            assert ancestors == (expected or "https://a.example https://*.b.example:8443")
            assert policy(site, path)["script-src"] == "'self'"
            assert page(site.get(path)).find(".//meta[@name='robots']").get("content") == "noindex"
            # In a sandbox a frame is of no origin, and may look for news all the same.
            assert {name: site.get(path).headers[name] for name in CORS} == CORS
        # No other page of the site is ever framed.
        assert {policy(site, path)["frame-ancestors"] for path in ("/", "/embed", "/articles/rain")} == {"'none'"}


@pytest.mark.parametrize("wrong", ["", "* 'none'", "https://a.example/path", "javascript:alert(1)", "a; script-src *"])
def test_what_names_no_site_is_no_setting(wrong: str) -> None:
    with pytest.raises(ConfigError, match="frame_ancestors"):
        Config.load({"FEEDSVC_FRAME_ANCESTORS": wrong})


def test_other_spellings_of_a_look_are_sent_to_the_one_address(published: Site) -> None:
    base = published.config.base_url
    expected = {
        f"{FRAME}?count=5": FRAME,
        f"{FRAME}?theme=dark&count=3": f"{FRAME}?count=3&theme=dark",
        f"{FRAME}?count=3&count=4": f"{FRAME}?count=3",
        f"{FRAME}?count=0": f"{FRAME}?count=1",
        f"{FRAME}?count=1e3&lang=xx&theme=pink": FRAME,
        f"{FRAME}?lang=en": FRAME,
        f"{FRAME}/?lang=az": f"{FRAME}?lang=az",
        "/embed/tags/Khankendi?count=3": f"{FRAME}?count=3",
        "/embed/articles/rain?count=3&theme=dark": "/embed/articles/rain?theme=dark",
        "/embed/articles/Rain?theme=dark": "/embed/articles/rain?theme=dark",
        "/embed/NEWS-LINE": "/embed/news-line",
    }
    assert redirects(published, list(expected)) == {old: (301, base + new) for old, new in expected.items()}


def test_a_card_follows_its_article_to_its_new_address(published: Site) -> None:
    published.publish(id="tag:x,2024:1", title="Rain", _feedsvc={"slug": "downpour"})
    moved = raw(published, "/embed/articles/rain?theme=dark")
    assert moved.headers["location"] == f"{published.config.base_url}/embed/articles/downpour?theme=dark"


def test_what_does_not_exist_cannot_be_framed(published: Site) -> None:
    for path in (
        "/embed/tags/none",
        "/embed/articles/none",
        "/embed/none",
        "/embed/articles/a/b",
        "/embed/articles/%00",
        "/embed/tags/%00",
    ):
        assert published.get(path).status_code == 404
