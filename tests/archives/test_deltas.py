"""What has changed of a feed, for a client that asks for nothing else (RFC 3229 with `feed`)."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aggregator import Mirror, read
from conftest import Site
from sqlalchemy import select, update
from takings import article, guid, ids, take_in
from web_tools import DECODERS, place_changes

from feedsvc.desk import tags
from feedsvc.store.schema import JournalRow

FEED = "/feeds/news-line.atom"


@pytest.fixture
def house(make_house: Callable[..., Site]) -> Site:
    """A site with twelve articles, published long ago and a minute apart."""
    house = make_house(feed_items=10)
    take_in(house, *(article(n, tags=["T"]) for n in range(12)))
    spread(house)
    return house


def spread(house: Site) -> None:
    """Have everything happened long ago, a minute between changes: what happens next has a second of its own."""
    with house.service.database.write() as connection:
        for seq, at in connection.execute(select(JournalRow.seq, JournalRow.at)).all():
            earlier = at - timedelta(days=1) + timedelta(minutes=seq)
            connection.execute(update(JournalRow).where(JournalRow.seq == seq).values(at=earlier))
        connection.exec_driver_sql("UPDATE site SET changed_at = '2020-01-01 00:00:00.000000'")
    house.service.cache.forget_everything()


def ask(house: Site, etag: str, path: str = FEED, **headers: str) -> httpx.Response:
    return house.get(path, **{"a_im": "feed", "if_none_match": etag, "accept_encoding": "identity"} | headers)


def etag(house: Site, path: str = FEED) -> str:
    return house.get(path, accept_encoding="identity").headers["etag"]


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_it_holds_what_was_published_and_mended_since(house: Site, form: str) -> None:
    path = f"/feeds/news-line.{form}"
    before = etag(house, path)
    take_in(house, article(12), article(3, title="Mended"))
    answer = ask(house, before, path)
    whole = house.get(path, accept_encoding="identity")
    assert (answer.status_code, answer.headers["im"]) == (226, "feed")
    found = read(answer)
    # What happened in the second of the edition is told again: a part of it may have come after that.
    assert set(found.entries) == ids(11, 12, 3)
    assert all(read(whole).entries.get(each, text) == text for each, text in found.entries.items())
    assert b"Mended" in found.entries[guid(3)]
    assert answer.headers["etag"] == whole.headers["etag"]
    assert answer.headers["delta-base"] == before
    assert answer.headers["content-type"] == whole.headers["content-type"]
    assert answer.headers["last-modified"] == whole.headers["last-modified"]


def test_no_cache_that_does_not_know_it_may_keep_it(house: Site) -> None:
    before = etag(house)
    take_in(house, article(12))
    answer = ask(house, before)
    assert answer.headers["cache-control"] == "no-store, im"
    assert {name.strip() for name in answer.headers["vary"].split(",")} == {"A-IM", "If-None-Match", "Accept-Encoding"}
    assert not {"surrogate-key", "surrogate-control", "cache-tag", "expires"} & set(answer.headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    whole = house.get(FEED)
    assert (whole.status_code, whole.headers["vary"]) == (200, "Accept-Encoding")
    assert set(read(whole).entries) == ids(*range(3, 13))
    # The address by which our own cache knows it is none for a client.
    since = before.strip('"').rpartition(".")[2]
    assert house.get(f"{FEED}?since={since}").content == whole.content


def test_what_was_retracted_leaves_a_tombstone_where_the_format_has_any(house: Site) -> None:
    before = {form: etag(house, f"/feeds/news-line.{form}") for form in ("atom", "rss", "json")}
    take_in(house, article(12))
    house.retract(guid(5))
    house.retract(guid(0))
    found = read(ask(house, before["atom"]))
    assert (set(found.entries), found.gone) == (ids(11, 12), ids(0, 5))
    for form in ("rss", "json"):
        answer = ask(house, before[form], f"/feeds/news-line.{form}")
        assert answer.status_code == 200
        assert "im" not in answer.headers
        assert guid(5) not in read(answer).entries
    house.service.newsroom.restore(guid(5))
    house.settle()
    found = read(ask(house, before["atom"]))
    assert (set(found.entries), found.gone) == (ids(11, 12, 5), ids(0))


def test_what_loses_a_tag_leaves_a_tombstone_in_the_feed_of_that_tag_alone(house: Site) -> None:
    paths = {name: f"/feeds/{name}.atom" for name in ("tags/t", "news-line", "tags/!t", "en/tags/t")}
    before = {name: etag(house, path) for name, path in paths.items()}
    take_in(house, article(11, tags=["U"]))
    found = {name: read(ask(house, before[name], path)) for name, path in paths.items()}
    assert {name: (set(each.entries), set(each.gone)) for name, each in found.items()} == {
        "tags/t": (set(), ids(11)),
        "en/tags/t": (set(), ids(11)),
        "news-line": (ids(11), set()),
        "tags/!t": (ids(11), set()),
    }


def test_it_comes_in_every_coding_for_a_base_in_any(house: Site) -> None:
    codings = ("identity", "gzip", "br", "zstd")
    bases = {coding: house.get(FEED, accept_encoding=coding).headers["etag"] for coding in codings}
    take_in(house, article(12))
    plain = ask(house, bases["identity"])
    for coding, base in bases.items():
        headers = {"A-IM": "feed", "If-None-Match": base, "Accept-Encoding": coding}
        with house.http.stream("GET", FEED, headers=headers) as answer:
            body = b"".join(answer.iter_raw())
        assert answer.status_code == 226
        assert answer.headers.get("content-encoding", "identity") == coding
        assert answer.headers["delta-base"] == base
        assert DECODERS.get(coding, bytes)(body) == plain.content
        assert answer.headers["etag"] == house.get(FEED, accept_encoding=coding).headers["etag"]


def test_whoever_has_the_newest_is_told_so(house: Site) -> None:
    old = etag(house)
    take_in(house, article(12))
    new = etag(house)
    for held in (new, f"W/{new}", f"{old}, {new}", "*", f'{new[:-1]}-br"'):
        answer = ask(house, held)
        assert (answer.status_code, answer.content) == (304, b"")
        assert "im" not in answer.headers


def test_of_several_editions_the_newest_that_is_known_is_the_base(house: Site) -> None:
    first = etag(house)
    take_in(house, article(12))
    place_changes(house, datetime.now(UTC) - timedelta(hours=1))
    second = etag(house)
    take_in(house, article(13))
    foreign = '"0123456789abcdef0123456789abcdef.7fffffff"'
    for held in (f"{first}, {second}", f"{second}, W/{first}", f"{foreign}, {first}, {second}"):
        answer = ask(house, held)
        assert (answer.status_code, answer.headers["delta-base"]) == (226, second)
        assert set(read(answer).entries) == ids(12, 13)
    assert ask(house, f"W/{first}").headers["delta-base"] == first
    assert set(read(ask(house, f"W/{first}")).entries) == ids(11, 12, 13)


def test_whose_edition_is_unknown_gets_the_whole_feed(house: Site) -> None:
    known = etag(house)
    take_in(house, article(12))
    opaque, _, second = known.strip('"').rpartition(".")
    for held in (
        *('"foreign"', 'W/"1-abc"', "", "nonsense", f'"{opaque}"', f'"{opaque}.{int(second, 16) - 1:08x}"'),
        *(f'"{opaque}.00000000"', f'"{opaque}.ffffffff"', f'"{opaque}.{second}0"', '".."'),
    ):
        answer = ask(house, held)
        assert answer.status_code == 200, held
        assert set(read(answer).entries) == ids(*range(3, 13))
        assert not {"im", "delta-base"} & set(answer.headers)


def test_only_who_wants_it_gets_it(house: Site) -> None:
    before = etag(house)
    take_in(house, article(12))
    for offered in ("feed;q=0", "feed; q=0.000", "vcdiff", "vcdiff, gzip", "", "feed;q=0, gzip;q=1"):
        assert ask(house, before, a_im=offered).status_code == 200, offered
    for offered in ("feed", "FEED", "vcdiff, feed", "feed;q=0.5", "vcdiff;q=0,feed ; q=1"):
        assert ask(house, before, a_im=offered).status_code == 226, offered


def test_without_an_edition_there_is_nothing_to_compare_with(house: Site) -> None:
    assert house.get(FEED, a_im="feed").status_code == 200
    modified = house.get(FEED).headers["last-modified"]
    assert house.get(FEED, a_im="feed", if_modified_since=modified).status_code in (200, 304)


def test_more_changes_than_a_feed_holds_are_the_whole_feed(house: Site) -> None:
    before = etag(house)
    take_in(house, *(article(n) for n in range(12, 31)))
    assert ask(house, before).status_code == 226
    take_in(house, article(31), article(32))
    answer = ask(house, before)
    assert answer.status_code == 200
    assert set(read(answer).entries) >= ids(*range(23, 33))


def test_a_change_of_several_terms_is_one_change(house: Site) -> None:
    take_in(house, article(20, tags=["A", "B"]))
    spread(house)
    before = {path: etag(house, path) for path in ("/feeds/tags/a.atom", "/feeds/tags/a,b.atom")}
    take_in(house, *(article(n, tags=["A", "B"]) for n in range(21, 33)))
    for path, edition in before.items():
        answer = ask(house, edition, path)
        assert answer.status_code == 226, path
        assert set(read(answer).entries) == ids(*range(20, 33)), path


def test_an_untidy_address_is_redirected_whatever_is_asked_for(house: Site) -> None:
    before = etag(house)
    take_in(house, article(12))
    for untidy in ("/FEEDS/news-line.atom", "/feeds/news-line.atom/"):
        answer = ask(house, before, untidy)
        assert (answer.status_code, answer.headers["location"]) == (301, f"{house.config.base_url}{FEED}")


def test_more_bytes_than_a_feed_may_have_are_the_whole_feed(make_house: Callable[..., Site]) -> None:
    house = make_house(feed_items=10, feed_bytes=30_000)
    take_in(house, article(0))
    spread(house)
    before = etag(house)
    take_in(house, article(1, content_text="word " * 1_800, summary="In short."))
    delta, whole = read(ask(house, before)), read(house.get(FEED))
    assert delta.entries[guid(1)] == whole.entries[guid(1)]  # its summary, as in the whole
    assert b"In short." in delta.entries[guid(1)]
    take_in(house, *(article(n, content_text="word " * 1_200) for n in range(2, 9)))
    assert ask(house, before).status_code == 200


def test_other_settings_make_the_whole_feed_another(house: Site, make_house: Callable[..., Site]) -> None:
    before = etag(house)
    take_in(house, article(12))
    other = make_house(feed_items=10, copyright="Ours.")
    take_in(other, article(13))
    answer = ask(other, before)
    assert (answer.status_code, b"Ours." in answer.content) == (200, True)
    with other.service.newsroom.tag("t") as (transaction, tag):
        tags.rename(transaction, tag, "V")
    other.settle()
    assert ask(other, answer.headers["etag"]).status_code == 200


def test_changes_within_one_second_are_all_told(house: Site) -> None:
    editions = []
    for n in range(12, 16):
        take_in(house, article(n))
        editions.append(etag(house))
    house.retract(guid(12))
    second = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
    place_changes(house, *(second + timedelta(milliseconds=100 * n) for n in range(5)))
    assert len({edition.rpartition(".")[0] for edition in editions}) == 4
    for edition in editions:
        # As they were made within that second, of which the date of a feed was a part.
        answer = ask(house, f'{edition.rpartition(".")[0]}.{int(second.timestamp()):08x}"')
        found = read(answer)
        assert (answer.status_code, set(found.entries), found.gone) == (226, ids(13, 14, 15), ids(12))


def test_one_that_changes_nothing_is_asked_of_the_cache(house: Site) -> None:
    before = etag(house)
    take_in(house, article(12))
    ask(house, before)
    renders = house.service.cache.renders
    for _ in range(3):
        assert ask(house, before).status_code == 226
    assert house.service.cache.renders == renders
    take_in(house, article(13))
    assert set(read(ask(house, before)).entries) == ids(11, 12, 13)


def test_head_has_the_fields_and_no_body(house: Site) -> None:
    before = etag(house)
    take_in(house, article(12))
    head = house.http.head(FEED, headers={"A-IM": "feed", "If-None-Match": before, "Accept-Encoding": "identity"})
    get = ask(house, before)
    assert (head.status_code, head.content) == (226, b"")
    assert head.headers["etag"] == get.headers["etag"]


def test_an_archive_document_has_no_delta(house: Site) -> None:
    path = "/feeds/news-line/archive-1.atom"
    before = etag(house, path)
    house.retract(guid(1))
    answer = ask(house, before, path)
    assert (answer.status_code, read(answer).gone) == (200, ids(1))


def story(number: int) -> str:
    """As hard to compress as if somebody had written it."""
    dice = random.Random(number)
    return " ".join("".join(dice.choices("aeioudlmnrst", k=dice.randint(2, 9))) for _ in range(300))


def deeds(house: Site, *, retracting: bool) -> Iterator[None]:
    """Forty changes of every kind, one after the other."""
    newsroom = house.service.newsroom
    for n in range(100, 140):
        if n % 10 == 3 and retracting:
            newsroom.retract(guid(n - 2))
        elif n % 10 == 5 and retracting:
            newsroom.restore(guid(n - 4))
        elif n % 10 == 7:
            take_in(house, article(n - 1, title=f"Mended, {n}", tags=["T"], content_text=story(n)))
        elif n % 10 == 8:
            take_in(house, article(n, tags=["T"], date_published="1999-01-01T00:00:00Z"))
        else:
            take_in(house, article(n, tags=["T"], content_text=story(n)))
        house.settle()
        yield


@pytest.mark.parametrize(("form", "retracting"), [("atom", True), ("rss", False), ("json", False)])
def test_who_polls_for_changes_ends_with_what_who_polls_plainly_has(
    make_house: Callable[..., Site], form: str, retracting: bool
) -> None:
    house = make_house(feed_items=20)
    take_in(house, *(article(n, tags=["T"], content_text=story(n)) for n in range(65)))
    spread(house)
    path = f"/feeds/tags/t.{form}"
    plain, lean = Mirror(house.http, path, deltas=False), Mirror(house.http, path, deltas=True)
    archive = plain.bytes
    assert plain.entries == lean.entries
    assert set(plain.entries) == ids(*range(65))
    clock = datetime.now(UTC) - timedelta(hours=20)
    for number, _ in enumerate(deeds(house, retracting=retracting)):
        if number % 4 == 3:
            # A minute lies between two changes, and not a moment: what is of one second is told together.
            place_changes(house, *(clock + timedelta(minutes=number + n) for n in range(4)))
            plain.poll()
            lean.poll()
    plain.poll()
    lean.poll()

    everything = Mirror(house.http, path, deltas=True)
    assert lean.entries == plain.entries == everything.entries
    assert (plain.statuses[-1], lean.statuses[-1]) == (304, 304)
    assert 226 in lean.statuses
    spent = plain.bytes - archive, lean.bytes - archive
    assert spent[1] < spent[0] / 2
    print(
        f"{form}: {len(lean.entries)} entries, {len(lean.statuses)} polls; after the archive of {archive:,} bytes "
        f"plainly {spent[0]:,} bytes, for changes {spent[1]:,} bytes; {dict(Counter(lean.statuses))}"
    )
