"""oEmbed 1.0, asked by an independent consumer."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from conftest import Site
from lxml import etree, html
from micawber.exceptions import ProviderException
from micawber.providers import Provider, ProviderRegistry
from web_tools import page, raw

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing


@pytest.fixture
def published(site: Site) -> Site:
    site.publish(
        id="tag:x,2024:1",
        title='Rain & "wind" </script>',
        authors=[{"name": "A. Reporter"}, {"name": "B. Other"}],
        tags=["Great Return"],
        image="https://images.example/rain.jpg",
        _feedsvc={"slug": "rain", "image": {"width": 1600, "height": 900}},
    )
    return site


@pytest.fixture
def consumer(published: Site) -> ProviderRegistry:
    registry = ProviderRegistry()
    registry.register(rf"{published.config.base_url}/\S*", Provider(f"{published.config.base_url}/oembed"))
    return registry


def frame(answer: dict[str, str]) -> html.HtmlElement:
    return html.fragment_fromstring(answer["html"])


def test_a_consumer_is_told_how_to_show_an_article(published: Site, consumer: ProviderRegistry) -> None:
    base = published.config.base_url
    answer = consumer.request(f"{base}/articles/rain")
    shown = frame(answer)
    assert answer | {"html": ""} == {
        "version": "1.0",
        "type": "rich",
        "html": "",
        "width": 600,
        "height": 220,
        "title": 'Rain & "wind" </script>',
        "author_name": "A. Reporter, B. Other",
        "thumbnail_url": "https://images.example/rain.jpg",
        "thumbnail_width": 1600,
        "thumbnail_height": 900,
        "provider_name": "News Line",
        "provider_url": f"{base}/",
        "cache_age": 300,
        "url": f"{base}/articles/rain",
    }
    assert (shown.tag, shown.get("src")) == ("iframe", f"{base}/embed/articles/rain")
    assert (shown.get("width"), shown.get("height"), shown.get("title")) == ("600", "220", 'Rain & "wind" </script>')
    assert published.http.get(shown.get("src")).status_code == 200


@pytest.mark.parametrize(
    ("path", "framed"), [("/tags/great-return", "/embed/tags/great-return"), ("/", "/embed/news-line")]
)
def test_a_consumer_is_told_how_to_show_headlines(
    published: Site, consumer: ProviderRegistry, path: str, framed: str
) -> None:
    base = published.config.base_url
    answer = consumer.request(base + path)
    assert (answer["type"], answer["width"], answer["height"]) == ("rich", 600, 492)
    assert frame(answer).get("src") == base + framed


def test_the_answer_keeps_within_the_room_there_is(published: Site) -> None:
    base = published.config.base_url

    def ask(path: str, bounds: str) -> dict[str, str]:
        return dict(published.get(f"/oembed?url={base}{path}{bounds}").json())

    for bounds, size in {
        "&maxwidth=400": (400, 220),
        "&maxwidth=0000000000400": (400, 220),
        "&maxwidth=9999": (600, 220),
        "&maxheight=220": (600, 220),
        "&maxwidth=-5&maxheight=x": (600, 220),
    }.items():
        answer = ask("/articles/rain", bounds)
        assert (answer["width"], answer["height"]) == size
        assert (frame(answer).get("width"), frame(answer).get("height")) == tuple(map(str, size))
    # Nor is a picture named that is larger than the room.
    assert "thumbnail_url" in ask("/articles/rain", "&maxwidth=1600&maxheight=900")
    assert "thumbnail_url" not in ask("/articles/rain", "&maxwidth=1599")
    assert "thumbnail_url" not in ask("/articles/rain", "&maxheight=899")
    headlines = ask("/", "&maxheight=300")
    assert headlines["height"] == 240
    assert frame(headlines).get("src") == f"{base}/embed/news-line?count=2"
    # A link takes no room.
    for path, bounds in (
        ("/articles/rain", "&maxwidth=100"),
        ("/articles/rain", "&maxheight=219"),
        ("/", "&maxheight=50"),
    ):
        answer = ask(path, bounds)
        assert answer["type"] == "link"
        assert not {"html", "width", "height"} & set(answer)


def test_the_same_is_said_in_xml(published: Site) -> None:
    target = f"/oembed?url={published.config.base_url}/articles/rain&format="
    response = published.get(f"{target}xml")
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    root = etree.fromstring(response.content)
    said = published.get(f"{target}json")
    assert said.headers["content-type"] == "application/json; charset=utf-8"
    assert {element.tag: element.text for element in root} == {key: str(value) for key, value in said.json().items()}


@pytest.mark.parametrize("path", ["/", "/tags/great-return", "/articles/rain"])
def test_a_page_names_where_it_is_told(published: Site, path: str) -> None:
    document = page(published.get(path))
    for form in ("application/json+oembed", "text/xml+oembed"):
        (link,) = document.findall(f".//link[@type='{form}']")
        assert link.get("rel") == "alternate"
        response = published.http.get(link.get("href"))
        assert response.status_code == 200
        kind = "json" if "json" in form else "xml"
        assert response.content == published.get(f"/oembed?url={published.config.base_url}{path}&format={kind}").content


def test_pages_that_cannot_be_embedded_name_nothing(published: Site) -> None:
    published.retract("tag:x,2024:1")
    for path in ("/articles/rain", "/tags", "/subscribe/news-line", "/embed", "/none"):
        assert "+oembed" not in published.get(path).text


def test_nothing_is_said_of_what_is_not_ours_or_not_there(published: Site, consumer: ProviderRegistry) -> None:
    base = published.config.base_url
    addresses = [
        "https://elsewhere.example/articles/rain",
        f"{base}.evil.example/articles/rain",
        f"//{urlsplit(base).netloc}/articles/rain",
        "/articles/rain",
        "javascript:alert(1)",
        "http://[",
        "",
        f"{base}/articles/none",
        f"{base}/articles/%00",
        f"{base}:1/articles/rain",
        f"{base}:x/articles/rain",
        f"{base}/articles/",
        f"{base}/articles/rain/reads",
        f"{base}/tags/none",
        f"{base}/tags",
        f"{base}/feeds/news-line.rss",
        f"{base}/news-line",
    ]
    for address in addresses:
        response = published.http.get("/oembed", params={"url": address})
        assert response.status_code == 404, address
        assert "location" not in response.headers
    assert published.get("/oembed").status_code == 404
    with pytest.raises(ProviderException):
        consumer.request("https://elsewhere.example/articles/rain")


def test_a_form_that_there_is_not_is_not_implemented(published: Site) -> None:
    assert published.get(f"/oembed?url={published.config.base_url}/&format=yaml").status_code == 501


def test_the_answer_follows_the_article(published: Site) -> None:
    base = published.config.base_url
    target = f"/oembed?url={base}/articles/rain&format=json"
    etag = published.get(target).headers["etag"]
    assert published.get(target, if_none_match=etag).status_code == 304
    published.publish(id="tag:x,2024:1", title="Snow", _feedsvc={"slug": "snow"})
    moved = raw(published, target)
    assert moved.status == 301
    assert published.http.get(moved.headers["location"]).json()["title"] == "Snow"
    assert published.get(f"/oembed?url={base}/articles/snow%23part").json()["title"] == "Snow"
    published.retract("tag:x,2024:1")
    assert published.get(f"/oembed?url={base}/articles/snow").status_code == 404


def test_below_a_path_only_what_is_below_it_is_ours(make_site: Callable[..., Site]) -> None:
    site = make_site(base_url="https://news.example/desk")
    site.publish(title="Rain", _feedsvc={"slug": "rain"})
    assert site.get("/oembed?url=https://news.example/desk/articles/rain").json()["title"] == "Rain"
    assert site.get("/oembed?url=http://NEWS.example/desk/articles/rain").json()["title"] == "Rain"
    assert site.get("/oembed?url=https://news.example:443/desk/articles/rain").json()["title"] == "Rain"
    for address in ("https://news.example/articles/rain", "https://news.example/deskarticles/rain"):
        assert site.get(f"/oembed?url={address}").status_code == 404


def test_a_picture_of_unknown_size_is_no_thumbnail(site: Site) -> None:
    site.publish(title="Rain", image="https://images.example/rain.jpg", _feedsvc={"slug": "rain"})
    assert "thumbnail_url" not in site.get(f"/oembed?url={site.config.base_url}/articles/rain").json()
