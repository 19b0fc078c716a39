"""One archive document: its links, its header fields, what changes it, and what does not."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from aggregator import Document, numbers, read, walk
from conftest import Site
from lxml import etree
from sqlalchemy import Connection, event
from takings import article, guid, ids, take_in

from feedsvc import journal
from feedsvc.desk import tags

FORMATS = ("rss", "atom", "json")


def archive(part: int, form: str = "atom", name: str = "news-line") -> str:
    return f"/feeds/{name}/archive-{part}.{form}"


def rels(answer: httpx.Response) -> dict[str, str]:
    """The links of the Link field, by relation."""
    return {rel: link["url"] for link in answer.links.values() for rel in [link["rel"]]}


def parts(house: Site, *several: int, form: str = "atom") -> dict[int, bytes]:
    """The bytes of archive documents by number."""
    return {part: house.get(archive(part, form)).content for part in several}


def keys_of_newest(house: Site) -> set[str]:
    """What a cache in front is told of the newest change."""
    with house.service.database.read() as connection:
        (change,) = journal.changes_after(connection, journal.head(connection) - 1)
    return set(change.names())


@pytest.mark.parametrize("form", FORMATS)
def test_the_archive_leads_to_the_first_article_in_every_format(house: Site, form: str) -> None:
    take_in(house, *(article(n, tags=["T"]) for n in range(23)))
    for name in ("news-line", "tags/t", "en/news-line", "en/tags/t"):
        current, *documents = walk(house.http, f"/feeds/{name}.{form}")
        assert numbers(documents) == [4, 3, 2, 1]
        assert [set(each.entries) for each in documents] == [ids(*range(n, n + 5)) for n in (15, 10, 5, 0)]
        assert set(current.entries) == ids(*range(18, 23))
        assert [each.is_archive for each in (current, *documents)] == [False, *[True] * 4]


@pytest.mark.parametrize("form", FORMATS)
def test_documents_lead_to_both_sides_and_to_the_present(house: Site, form: str) -> None:
    take_in(house, *(article(n) for n in range(16)))
    base = house.config.base_url
    for part in (1, 2, 3):
        answer = house.get(archive(part, form))
        wanted = {"self": base + archive(part, form), "current": f"{base}/feeds/news-line.{form}"}
        wanted |= {"prev-archive": base + archive(part - 1, form)} if part > 1 else {}
        wanted |= {"next-archive": base + archive(part + 1, form)} if part < 3 else {}
        assert rels(answer) == wanted
        said = read(answer).links
        if form == "json":
            assert said == {rel: href for rel, href in wanted.items() if rel == "prev-archive"}
        else:
            assert {rel: href for rel, href in said.items() if rel != "alternate"} == wanted
    assert rels(house.get(f"/feeds/news-line.{form}"))["prev-archive"] == base + archive(3, form)


def test_the_formats_of_a_document_name_each_other(house: Site) -> None:
    take_in(house, *(article(n) for n in range(6)))
    root = etree.fromstring(house.get(archive(1)).content)
    others = {link.get("href") for link in root.findall("{*}link") if link.get("rel") == "alternate"}
    base = house.config.base_url
    assert others == {f"{base}/", base + archive(1, "rss"), base + archive(1, "json")}


def test_the_last_document_leads_on_once_the_next_is_closed(house: Site) -> None:
    take_in(house, *(article(n) for n in range(10)))
    assert house.get(archive(2)).status_code == 404
    before = house.get(archive(1))
    assert "next-archive" not in rels(before)
    take_in(house, article(10))
    after = house.get(archive(1), if_none_match=before.headers["etag"])
    assert after.status_code == 200
    assert rels(after)["next-archive"].endswith(archive(2))
    assert read(after).entries == read(before).entries
    # The key of the part that opens is the one by which a cache in front is told.
    assert "archive-0-3" in before.headers["surrogate-key"].split()
    assert "archive-0-3" in keys_of_newest(house)
    assert after.headers["surrogate-key"].split() == ["archive-0-1", "site"]
    assert house.get(archive(2)).headers["surrogate-key"].split() == ["archive-0-2", "archive-0-4", "site"]


def test_a_document_is_kept_for_a_year_and_has_validators(house: Site) -> None:
    take_in(house, *(article(n) for n in range(6)))
    for form in FORMATS:
        for coding in ("identity", "gzip", "br", "zstd"):
            answer = house.get(archive(1, form), accept_encoding=coding)
            stale = "stale-while-revalidate=60, stale-if-error=86400"
            assert answer.headers["cache-control"] == f"public, max-age=31536000, s-maxage=300, {stale}"
            # Nobody here is told what to forget, and what is retracted is not to be given out for long.
            assert answer.headers["surrogate-control"] == f"max-age=300, {stale}"
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers.get("content-encoding", "identity") == coding
            again = house.get(archive(1, form), accept_encoding=coding, if_none_match=answer.headers["etag"])
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["cache-control"] == answer.headers["cache-control"]
            assert again.headers["link"] == answer.headers["link"]
    assert house.get(f"{archive(1)}?since=1").headers["etag"] == house.get(archive(1)).headers["etag"]


def test_what_is_published_now_or_for_the_past_changes_no_closed_document(house: Site) -> None:
    take_in(house, *(article(n) for n in range(18)))
    before = parts(house, 1, 2)
    take_in(house, article(99), article(98, date_published="1999-01-01T00:00:00Z"), article(97))
    assert parts(house, 1, 2) == before
    current, newest, *_ = walk(house.http, "/feeds/news-line.atom")
    assert set(newest.entries) == ids(15, 16, 17, 99, 98)
    assert set(current.entries) == ids(99, 97, 17, 16, 15)


def test_a_retraction_empties_its_place_and_purges_its_document_alone(house: Site) -> None:
    take_in(house, *(article(n, tags=["T"]) for n in range(18)))
    before = {part: read(house.get(archive(part))) for part in (1, 2, 3)}
    house.retract(guid(7))
    told = keys_of_newest(house)
    after = {part: read(house.get(archive(part))) for part in (1, 2, 3)}
    assert {part for part in after if after[part] != before[part]} == {2}
    assert set(after[2].entries) == ids(5, 6, 8, 9)
    assert after[2].gone == ids(7)
    assert {name for name in told if name.startswith("archive-0-")} == {"archive-0-2"}
    hit = {part for part in after if told & set(house.get(archive(part)).headers["surrogate-key"].split())}
    assert hit == {2}
    assert read(house.get(archive(2, name="tags/t"))).gone == ids(7)
    for form in ("rss", "json"):
        assert set(read(house.get(archive(2, form))).entries) == ids(5, 6, 8, 9)


def test_what_is_restored_comes_back_to_its_place(house: Site) -> None:
    take_in(house, *(article(n, tags=["T"]) for n in range(18)))
    before = read(house.get(archive(2)))
    house.retract(guid(7))
    house.retract(guid(17))
    house.service.newsroom.restore(guid(7))
    house.service.newsroom.restore(guid(17))
    house.settle()
    after = read(house.get(archive(2)))
    assert list(after.entries) == list(before.entries)
    assert not after.gone
    assert [each for each in before.entries if before.entries[each] != after.entries[each]] == [guid(7)]
    assert guid(17) in read(house.get("/feeds/news-line.atom")).entries


def test_a_late_article_that_was_retracted_leaves_its_tombstone_in_the_feed(house: Site) -> None:
    take_in(house, *(article(n) for n in range(8)), article(50, date_published="1999-01-01T00:00:00Z"))
    assert guid(50) in read(house.get("/feeds/news-line.atom")).entries
    house.retract(guid(50))
    assert read(house.get("/feeds/news-line.atom")).gone == ids(50)


def test_an_edit_in_the_past_changes_its_document_and_nothing_else(house: Site) -> None:
    take_in(house, *(article(n) for n in range(18)))
    before, current = parts(house, 1, 2, 3), house.get("/feeds/news-line.atom").headers["etag"]
    take_in(house, article(2, title="Mended"))
    after = parts(house, 1, 2, 3)
    assert [part for part in after if after[part] != before[part]] == [1]
    assert b"Mended" in after[1]
    assert house.get("/feeds/news-line.atom").headers["etag"] != current  # whose date is that of the last change


@pytest.mark.only("sqlite")
def test_last_modified_is_the_change_that_made_the_bytes(house: Site) -> None:
    take_in(house, *(article(n) for n in range(16)))
    with house.service.database.write() as connection:
        for statement in (
            "UPDATE journal SET at = datetime(at, '-' || (1000 - seq) || ' minutes') || '.000000'",
            "UPDATE site SET changed_at = '2020-01-01 00:00:00.000000'",
        ):
            connection.exec_driver_sql(statement)
    house.service.cache.forget_everything()

    def dates() -> list[str]:
        return [house.get(archive(part)).headers["last-modified"] for part in (1, 2, 3)]

    first = [parsedate_to_datetime(each) for each in dates()]
    # The eleventh article opened the third part, and by that the first document has the second after it.
    assert [later - first[0] for later in first] == [timedelta(minutes=n) for n in (0, 5, 5)]
    before = dates()
    house.retract(guid(7))
    after = dates()
    assert (after[0], after[2]) == (before[0], before[2])
    assert parsedate_to_datetime(after[1]) > first[2]
    answer = house.get(archive(1), if_modified_since=before[0])
    assert answer.status_code in (200, 304)


def test_there_is_no_document_of_a_part_that_is_open_or_of_none(house: Site) -> None:
    take_in(house, *(article(n, tags=["T"]) for n in range(6)))
    for address in (archive(2), archive(3), archive(999_999_999), archive(2, name="tags/t")):
        assert house.get(address).status_code == 404
    for address in (archive(0), archive(1, name="tags/u"), archive(1, "xml"), "/feeds/news-line/archive-01.atom"):
        assert house.get(address).status_code == 404
    assert house.get(archive(1_000_000_000)).status_code == 404
    assert read(house.get(archive(1))).is_archive


def test_another_spelling_leads_to_the_one_and_a_retired_tag_is_gone(house: Site) -> None:
    take_in(house, *(article(n, tags=["T", "U"]) for n in range(6)))
    for spelled, meant in (
        ("/feeds/News-Line/archive-1.atom", archive(1)),
        ("/feeds/news-line/archive-1.ATOM", archive(1)),
        (archive(1, name="tags/T"), archive(1, name="tags/t")),
        (archive(1, name="tags/u+t"), archive(1, name="tags/t+u")),
        (archive(1, name="EN/tags/t"), archive(1, name="en/tags/t")),
    ):
        answer = house.get(spelled)
        assert (answer.status_code, answer.headers["location"]) == (301, house.config.base_url + meant)
    with house.service.newsroom.tag("t") as (transaction, tag):
        tags.rename(transaction, tag, "V")
    house.settle()
    assert house.get(archive(1, name="tags/t")).headers["location"].endswith(archive(1, name="tags/v"))
    with house.service.newsroom.tag("v") as (transaction, tag):
        tags.retire(transaction, tag)
    house.settle()
    assert house.get(archive(1, name="tags/v")).status_code == 410
    assert house.get(archive(1, name="tags/u+v")).status_code == 410


def test_a_tag_that_is_described_has_its_title_in_every_document(make_house: Callable[..., Site]) -> None:
    one, other = make_house(), make_house()
    take_in(one, *(article(n, tags=["T"]) for n in range(6)))
    before = one.get(archive(1, name="tags/t"))
    with one.service.newsroom.tag("t") as (transaction, tag):
        tags.describe(transaction, tag, "All of T", None)
    one.settle()
    after = one.get(archive(1, name="tags/t"))
    assert b"All of T" in after.content
    assert after.headers["last-modified"] >= before.headers["last-modified"]
    other.settle()
    assert other.get(archive(1, name="tags/t")).content == after.content


def test_every_process_makes_the_same_bytes(make_house: Callable[..., Site]) -> None:
    one, other = make_house(), make_house()
    paths = [
        archive(part, form, name) for part in (1, 2) for form in FORMATS for name in ("news-line", "tags/t", "tags/t,u")
    ]
    take_in(one, *(article(n, tags=["T"] if n % 3 else ["T", "U"]) for n in range(13)))

    def same() -> list[Document | int]:
        other.settle()
        seen = []
        for path in paths:
            # One keeps what it has made, if nothing told it to make it anew; the other makes it now.
            other.service.cache.forget_everything()
            answers = one.get(path), other.get(path)
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].content == answers[1].content, path
            for name in ("etag", "last-modified", "surrogate-key", "link", "cache-control"):
                assert answers[0].headers.get(name) == answers[1].headers.get(name), (path, name)
            seen.append(read(answers[0]) if answers[0].status_code == 200 else 404)
        return seen

    same()
    take_in(one, article(20, tags=["T"]), article(21, tags=["U"]))
    one.retract(guid(3))
    same()
    take_in(one, article(12, title="Mended", tags=["U"]))
    with one.service.newsroom.tag("u") as (transaction, tag):
        tags.merge(transaction, tag, tags.require(transaction, "t"))
    one.settle()
    other.settle()
    same()
    # The first that is mended in a part which nobody knows the opening of moves no other document.
    take_in(one, article(6, title="Mended", tags=["T"]))
    same()


@pytest.mark.only("sqlite")
def test_a_document_is_looked_for_by_its_part_however_long_the_archive(house: Site) -> None:
    take_in(house, *(article(n) for n in range(16)))
    seen: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if re.search("touch|placement|tombstone", statement):
            seen.append((statement, parameters))

    engine = house.service.database.engine
    event.listen(engine, "before_cursor_execute", note)
    house.get(archive(1))
    event.remove(engine, "before_cursor_execute", note)
    with house.service.database.read() as connection:
        ways = [
            row.detail
            for statement, parameters in seen
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    by_channel = [way for way in ways if "channel_id=?" in way]
    assert len(by_channel) == 8
    assert all("_by_part (channel_id=? AND part=?" in way for way in by_channel)
