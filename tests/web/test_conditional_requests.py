"""If-None-Match and If-Modified-Since: what a reader holds is compared as RFC 9110 section 13 says."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import Site
from web_tools import CORS, FEEDS, age, http_date, last_modified, place_changes, raw, refresh, sql

PATHS = [*FEEDS, "/", "/tags", "/tags/khankendi", "/articles/rain"]
FEED = FEEDS[0]


@pytest.fixture
def published(site: Site) -> Site:
    """A site whose changes all lie apart, and an hour back."""
    age(site, 7200)
    site.publish(title="Rain", tags=["Khankendi"], content_text="It rained.")
    age(site, 3600)
    return site


def status(site: Site, path: str, **headers: str) -> int:
    return site.get(path, accept_encoding="identity", **headers).status_code


def test_the_etag_a_reader_holds_is_answered_with_304(published: Site) -> None:
    held = {path: published.get(path).headers["etag"] for path in PATHS}
    assert {path: status(published, path, if_none_match=etag) for path, etag in held.items()} == dict.fromkeys(
        held, 304
    )
    assert {path: status(published, path, if_none_match='"other"') for path in held} == dict.fromkeys(held, 200)


@pytest.mark.parametrize("path", PATHS)
def test_a_304_repeats_what_a_cache_needs_and_has_no_body(published: Site, path: str) -> None:
    full = raw(published, path, Accept_Encoding="gzip")
    answer = raw(published, path, Accept_Encoding="gzip", If_None_Match=full.headers["etag"])
    assert (answer.status, answer.body) == (304, b"")
    needed = {"etag", "cache-control", "vary", "last-modified", "surrogate-key"}
    for name in needed | (set(CORS) | {"link"} if path.startswith("/feeds/") else set()):
        assert answer.headers[name] == full.headers[name]
    assert not {"content-type", "content-length", "content-encoding"} & set(answer.headers)


def test_head_is_conditional_too(published: Site) -> None:
    for path in PATHS:
        etag = published.get(path).headers["etag"]
        assert raw(published, path, "HEAD", If_None_Match=etag).status == 304
        assert raw(published, path, "HEAD", If_None_Match='"other"').status == 200


def test_if_none_match_is_compared_weakly_in_lists_and_with_the_suffixes_of_caches(published: Site) -> None:
    for path in FEEDS:
        etag = published.get(path, accept_encoding="identity").headers["etag"]
        opaque = etag.strip('"')
        suffixed = [f'"{opaque}-{coding}"' for coding in ("gzip", "br", "zstd", "deflate")]
        held = [etag, f"W/{etag}", f'"x", {etag}', f'W/"x",{etag} , "y"', f'"a,b", W/{etag}', "*", *suffixed]
        held.append(f'W/"{opaque}-gzip"')
        assert {value: status(published, path, if_none_match=value) for value in held} == dict.fromkeys(held, 304)


def test_what_is_no_etag_of_the_document_gets_the_document(published: Site) -> None:
    opaque = published.get(FEED, accept_encoding="identity").headers["etag"].strip('"')
    others = ["", '""', 'W/""', '"', ",,,", "W/", 'W/"', "Ünicode", '"*"', f'"{opaque}']
    others += [f'"{opaque}x"', f'"x{opaque}"', f'"{opaque}-lzma"', '"-gzip"', f'"{opaque[:-1]}"']
    answers = {
        value: published.http.get(FEED, headers={b"if-none-match": value.encode()}).status_code for value in others
    }
    assert answers == dict.fromkeys(others, 200)


def test_if_none_match_wins_over_if_modified_since(published: Site) -> None:
    long_ago = http_date(datetime(1999, 1, 1, tzinfo=UTC))
    for path in FEEDS:
        headers = published.get(path, accept_encoding="identity").headers
        etag, modified = headers["etag"], headers["last-modified"]
        assert status(published, path, if_none_match=etag, if_modified_since=long_ago) == 304
        assert status(published, path, if_none_match='"another"', if_modified_since=modified) == 200
        assert status(published, path, if_none_match="", if_modified_since=modified) == 200


def test_if_modified_since_is_compared_with_last_modified(published: Site) -> None:
    for path in PATHS:
        moment = last_modified(published.get(path))
        seconds = (0, 90, -1)
        answers = [status(published, path, if_modified_since=http_date(moment + timedelta(seconds=n))) for n in seconds]
        assert answers == [304, 304, 200], path


def test_if_modified_since_in_the_future_is_ignored(published: Site) -> None:
    for path in FEEDS:
        for days in (1, 365, 36_500):
            future = datetime.now(UTC) + timedelta(days=days)
            assert status(published, path, if_modified_since=http_date(future)) == 200


def test_if_modified_since_that_is_no_date_is_ignored(published: Site) -> None:
    garbage = ["", "yesterday", "0", "-1", "2024-05-12T09:30:00Z", "Sun, 99 May 2024 99:99:99 GMT", "Sun, 12 May", "é"]
    answers = {
        value: published.http.get(FEED, headers={b"if-modified-since": value.encode()}).status_code for value in garbage
    }
    assert answers == dict.fromkeys(garbage, 200)


def test_if_modified_since_may_be_written_in_the_two_old_ways(published: Site) -> None:
    moment = last_modified(published.get(FEED))
    assert status(published, FEED, if_modified_since=f"{moment:%A, %d-%b-%y %H:%M:%S GMT}") == 304
    assert status(published, FEED, if_modified_since=f"{moment:%a %b %e %H:%M:%S %Y}") == 304


@pytest.mark.parametrize("path", PATHS)
def test_a_second_change_within_one_second_is_not_hidden_from_a_reader_that_knows_only_dates(
    published: Site, path: str
) -> None:
    moment = (datetime.now(UTC) - timedelta(minutes=10)).replace(microsecond=200_000)
    fields = {"id": "tag:x,2024:1", "_feedsvc": {"slug": "wind"}, "tags": ["Khankendi"]}
    path = path.replace("rain", "wind")
    published.publish(title="Wind", **fields)
    place_changes(published, moment)
    first = published.get(path, accept_encoding="identity")
    published.publish(title="More wind", **fields)
    place_changes(published, moment, moment + timedelta(milliseconds=600))
    second = published.get(path, accept_encoding="identity", if_modified_since=first.headers["last-modified"])
    assert second.status_code == 200
    if path != "/tags":  # which shows a number of articles, and that is still the same
        assert second.content != first.content
    assert second.headers["last-modified"] == first.headers["last-modified"]
    assert status(published, path, if_none_match=second.headers["etag"]) == 304


def test_an_edit_in_the_second_of_a_reading_is_not_hidden_from_a_reader_that_knows_only_dates(published: Site) -> None:
    moment = (datetime.now(UTC) - timedelta(minutes=10)).replace(microsecond=200_000)
    sql(published, "INSERT INTO reads VALUES (1, 7, :at)", at=f"{moment:%Y-%m-%d %H:%M:%S.%f}")
    refresh(published)
    first = published.get("/articles/rain")
    assert last_modified(first) == moment.replace(microsecond=0)
    published.publish(id=published.get("/feeds/news-line.json").json()["items"][0]["id"], title="Much rain")
    place_changes(published, moment + timedelta(milliseconds=600))
    second = published.get("/articles/rain", if_modified_since=first.headers["last-modified"])
    assert (second.status_code, "Much rain" in second.text) == (200, True)


def test_changes_in_different_seconds_let_dates_be_trusted_again(published: Site) -> None:
    published.publish(title="Wind", tags=["Khankendi"])
    published.publish(title="Snow", tags=["Khankendi"])
    moment = (datetime.now(UTC) - timedelta(minutes=10)).replace(microsecond=0)
    place_changes(published, moment, moment + timedelta(seconds=1))
    for path in FEEDS:
        response = published.get(path)
        assert last_modified(response) == moment + timedelta(seconds=1)
        assert status(published, path, if_modified_since=response.headers["last-modified"]) == 304
