"""Each field of an item, from how it was handed in to how it is given out."""

import pytest
from ledger import entry_of, exported, newsroom_at, on_file, publish

from feedsvc.errors import Rejected
from feedsvc.feed import Author, Media
from feedsvc.item import read_item

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

HANDED_IN = {
    "id": "https://paper.example/?p=1",
    "url": "https://paper.example/stories/1",
    "external_url": "https://agency.example/wire/ü",
    "title": "  Bridge\n opens & stays\u0000 < 3 ",
    "content_html": '<p onclick="x()">At <em>noon</em>, <a href="../map">map</a>.</p><script>x</script>',
    "content_text": "not taken",
    "summary": "Two\tyears.",
    "image": "/media/bridge.png",
    "banner_image": "/not-taken.png",
    "date_published": "2024-05-12T09:30:00.123456+02:00",
    "date_modified": "2024-05-13",
    "author": {"name": "not taken"},
    "authors": [
        {"name": " A.  Reporter ", "url": "https://a.example/ü", "avatar": "https://a.example/x.png"},
        {"name": "B", "url": "MAILTO:b@paper.example"},
        {"url": "mailto:desk@paper.example"},
        {"url": "https://c.example/"},
        {"name": "D", "url": "javascript:alert(1)"},
        {"name": "A. Reporter", "url": "https://a.example/ü"},
        {"avatar": "https://a.example/x.png"},
    ],
    "tags": ["Great Return", "#Khankendi", "great  return"],
    "language": "en_gb",
    "attachments": [
        {
            "url": "talk.mp3",
            "title": "The\ntalk",
            "size_in_bytes": 1234,
            "duration_in_seconds": 61.6,
            "_feedsvc": {"credit": "C. Credit", "alt": "A talk"},
        },
        {"url": "https://x.example/y", "mime_type": " video/mp4 "},
        {"url": "https://x.example/z"},
    ],
    "_feedsvc": {"slug": "Bridge Opens!", "image": {"credit": "P. Photographer", "alt": "The bridge\nat noon"}},
}

GIVEN_OUT = {
    "id": "https://paper.example/?p=1",
    "url": "http://127.0.0.1:8000/articles/bridge-opens",
    "external_url": "https://agency.example/wire/%C3%BC",
    "title": "Bridge opens & stays < 3",
    "content_html": '<p>At <em>noon</em>, <a href="https://paper.example/map" rel="noopener noreferrer">map</a>.</p>',
    "summary": "Two years.",
    "image": "https://paper.example/media/bridge.png",
    "date_published": "2024-05-12T07:30:00.123456Z",
    "date_modified": "2024-05-13T00:00:00Z",
    "authors": [
        {"name": "A. Reporter", "url": "https://a.example/%C3%BC"},
        {"name": "B", "url": "mailto:b@paper.example"},
        {"name": "desk", "url": "mailto:desk@paper.example"},
        {"name": "https://c.example/", "url": "https://c.example/"},
        {"name": "D"},
    ],
    "tags": ["Great Return", "#Khankendi"],
    "language": "en-GB",
    "attachments": [
        {
            "url": "https://paper.example/stories/talk.mp3",
            "mime_type": "audio/mpeg",
            "title": "The talk",
            "size_in_bytes": 1234,
            "duration_in_seconds": 62,
            "_feedsvc": {"credit": "C. Credit", "alt": "A talk"},
        },
        {"url": "https://x.example/y", "mime_type": "video/mp4"},
        {"url": "https://x.example/z", "mime_type": "application/octet-stream"},
    ],
    "_feedsvc": {"slug": "bridge-opens", "image": {"credit": "P. Photographer", "alt": "The bridge at noon"}},
}


def test_every_field_goes_all_the_way(newsroom):
    publish(newsroom, **HANDED_IN)
    assert exported(newsroom) == [GIVEN_OUT]


def test_what_was_given_out_comes_in_again_unchanged(newsroom):
    publish(newsroom, **HANDED_IN)
    assert publish(newsroom, **GIVEN_OUT).verdict == "unchanged"


def test_feeds_and_pages_get_the_same(newsroom):
    entry = entry_of(newsroom, publish(newsroom, **HANDED_IN).guid)
    assert entry.authors[:3] == (
        Author("A. Reporter", "https://a.example/%C3%BC"),
        Author("B", email="b@paper.example"),
        Author("desk", email="desk@paper.example"),
    )
    assert entry.image == Media(
        "https://paper.example/media/bridge.png", "image/png", credit="P. Photographer", alt="The bridge at noon"
    )
    assert entry.attachments[0].duration == 62
    assert [tag.url for tag in entry.tags] == [
        "http://127.0.0.1:8000/tags/great-return",
        "http://127.0.0.1:8000/tags/khankendi",
    ]


def test_an_article_of_a_headline_alone_is_enough(newsroom):
    guid = publish(newsroom, title="Alone").guid
    item = on_file(newsroom, guid)
    assert item.pop("date_published") == item.pop("date_modified")
    assert item == {
        "id": guid,
        "url": "http://127.0.0.1:8000/articles/alone",
        "title": "Alone",
        "content_html": "",
        "language": "en",
        "_feedsvc": {"slug": "alone", "status": "published"},
    }


def test_one_author_alone_and_a_banner_are_taken_where_there_is_nothing_else(newsroom):
    item = on_file(
        newsroom, publish(newsroom, author={"name": "A"}, authors=[], banner_image="https://b.example/b").guid
    )
    assert item["authors"] == [{"name": "A"}]
    assert item["image"] == "https://b.example/b"


@pytest.mark.parametrize(
    ("address", "kind"),
    [("a.webp", "image/webp"), ("a.svg", "image/svg+xml"), ("a.pdf", "image/jpeg"), ("a", "image/jpeg")],
)
def test_the_type_of_an_image_is_that_of_an_image(newsroom, address, kind):
    entry = entry_of(newsroom, publish(newsroom, image=f"https://b.example/{address}").guid)
    assert entry.image is not None
    assert entry.image.type == kind


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:image/png;base64,AA", "http://[::1", "ftp://b.example/b"]
)
@pytest.mark.parametrize(
    ("wrap", "where"),
    [(lambda url: {"image": url}, "/image"), (lambda url: {"attachments": [{"url": url}]}, "/attachments/0/url")],
    ids=["image", "attachment"],
)
def test_media_at_no_web_address_is_refused(newsroom, address, wrap, where):
    with pytest.raises(Rejected, match=r"is not an http\(s\) address") as refused:
        publish(newsroom, **wrap(address))
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"external_url": "https://a.example/1", "url": "https://b.example/1"}, "https://a.example/1"),
        ({"url": "https://b.example/1"}, "https://b.example/1"),
        ({"external_url": "not an address", "url": "https://b.example/1"}, "https://b.example/1"),
        ({"external_url": "/relative"}, None),
        ({"url": "http://127.0.0.1:8000/articles/own"}, None),
        ({"url": "http://127.0.0.1:80001/"}, None),
        ({}, None),
    ],
)
def test_the_source_is_where_else_the_article_stands(newsroom, fields, source):
    assert on_file(newsroom, publish(newsroom, **fields).guid).get("external_url") == source


def test_without_an_address_of_its_own_an_article_is_relative_to_the_site(database_url):
    with newsroom_at(database_url, base_url="https://news.example/sub") as newsroom:
        item = on_file(newsroom, publish(newsroom, content_html='<img src="a.png">', image="b.png").guid)
    assert item["content_html"] == '<img src="https://news.example/sub/a.png">'
    assert item["image"] == "https://news.example/sub/b.png"


@pytest.mark.parametrize(
    ("given", "stored"), [("AZ-latn", "az-Latn"), ("zh_hans_cn", "zh-Hans-CN"), ("ar", "ar"), ("", "fr")]
)
def test_languages_are_spelled_canonically(database_url, given, stored):
    with newsroom_at(database_url, language="FR") as newsroom:
        assert on_file(newsroom, publish(newsroom, language=given).guid)["language"] == stored


@pytest.mark.parametrize("given", ["english language", "e", "12", "en-", "азәр", "en-toolongsubtag", "-"])
def test_what_is_no_language_is_refused(newsroom, given):
    with pytest.raises(Rejected, match="BCP 47") as refused:
        publish(newsroom, language=given)
    assert refused.value.where == "/language"


@pytest.mark.parametrize(
    ("fields", "where", "reason"),
    [
        ({"title": 5}, "/title", "valid string"),
        ({"tags": ["a", None]}, "/tags/1", "valid string"),
        ({"tags": "a"}, "/tags", "valid list"),
        (
            {"attachments": [{"url": "https://a.example/", "size_in_bytes": -1}]},
            "/attachments/0/size_in_bytes",
            "greater",
        ),
        ({"attachments": [{}]}, "/attachments/0/url", "required"),
        ({"_feedsvc": {"status": "lost"}}, "/_feedsvc/status", "'retracted' or 'expired'"),
        ({"date_published": 5}, "/date_published", "is not a date"),
        ({"date_published": "yesterday"}, "/date_published", "is not an RFC 3339 date"),
        ({"date_published": "0001-01-01T00:00:00+01:00"}, "/date_published", "lies outside the years"),
        ({"id": True}, "/id", "valid string"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(fields, where, reason):
    with pytest.raises(Rejected, match=reason) as refused:
        read_item({"title": "x"} | fields)
    assert refused.value.where == where


@pytest.mark.parametrize(("given", "identity"), [(7, "7"), (7.5, "7.5"), ("7", "7")])
def test_an_id_may_be_a_number(given, identity):
    assert read_item({"id": given}).id == identity


def test_lone_surrogates_are_taken_out_wherever_they_stand():
    item = read_item(
        {
            "id": "a\ud800",
            "title": "He\udfffadline",
            "tags": ["\ud83dTag"],
            "authors": [{"name": "A\udc00", "x\ud800": 1}],
            "attachments": [{"url": "https://a.example/", "size_in_bytes": 5}],
        }
    )
    assert (item.id, item.title, item.tags) == ("a", "Headline", ["Tag"])
    assert item.authors is not None
    assert item.authors[0].name == "A"
