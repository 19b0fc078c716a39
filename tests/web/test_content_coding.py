"""Accept-Encoding: each coding is made once, is the same document, and is what the client asked for."""

import pytest
from conftest import Site
from web_tools import DECODERS, FEEDS, identity, raw

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

PATHS = [*FEEDS, "/", "/tags", "/tags/khankendi", "/articles/rain"]


@pytest.fixture
def published(site: Site) -> Site:
    site.publish(title="Rain", tags=["Khankendi"], content_text="It rained. " * 200)
    return site


@pytest.mark.parametrize("path", PATHS)
def test_each_coding_decodes_to_the_plain_document_and_has_a_strong_etag_of_its_own(published: Site, path: str) -> None:
    plain = raw(published, path)
    assert plain.headers["etag"].startswith('"')
    for coding, decode in DECODERS.items():
        answer = raw(published, path, Accept_Encoding=coding)
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["etag"] == f'{plain.headers["etag"][:-1]}-{coding}"'
        assert int(answer.headers["content-length"]) == len(answer.body) < len(plain.body)
        assert decode(answer.body) == plain.body


def test_all_codings_of_a_document_cost_one_render(published: Site) -> None:
    before = published.service.cache.renders
    for coding in [*DECODERS, "identity", *DECODERS]:
        raw(published, "/feeds/news-line.rss", Accept_Encoding=coding)
    assert published.service.cache.renders == before + 1


def test_a_client_gets_the_coding_it_weighs_highest(published: Site) -> None:
    expected = {
        "": None,
        "identity": None,
        "*": "br",
        "gzip": "gzip",
        "GZIP": "gzip",
        "gzip, deflate": "gzip",
        "gzip, deflate, br": "br",
        "gzip, deflate, br, zstd": "br",
        "zstd, gzip": "zstd",
        "deflate": None,
        "compress, sdch": None,
        "br;q=0.5, gzip;q=0.9": "gzip",
        "br;q=0.9 , gzip; q=0.9": "br",
        "gzip;q=0": None,
        "gzip;q=0.0, br;q=0": None,
        "gzip;q=0, *": "br",
        "br;q=0, *;q=0.5": "zstd",
        "*;q=0": None,
        "*;q=0, gzip": "gzip",
        "identity;q=0": None,
        "identity;q=0, gzip": "gzip",
        "identity, gzip;q=0.5": None,
        "identity;q=0.4, gzip;q=0.5": "gzip",
        "gzip;q=nonsense": None,
        ",;,q=,;;": None,
        "x" * 5000: None,
        "x" * 252 + ", br;q=0, gzip": "gzip",
    }
    answers = {wanted: raw(published, FEEDS[0], Accept_Encoding=wanted) for wanted in expected}
    assert {wanted: answer.headers.get("content-encoding") for wanted, answer in answers.items()} == expected
    assert {answer.status for answer in answers.values()} == {200}
    assert {answer.headers["vary"] for answer in answers.values()} == {"Accept-Encoding"}


def test_a_client_that_says_nothing_gets_the_plain_document(published: Site) -> None:
    answer = raw(published, "/feeds/news-line.rss")
    assert "content-encoding" not in answer.headers
    assert answer.body == identity(published, "/feeds/news-line.rss")
