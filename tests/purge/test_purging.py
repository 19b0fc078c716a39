"""What a front is told of a commit: which keys, when, how often, and what becomes of it when the front is away."""

import logging
from collections.abc import Callable, Iterator

import pytest
from conftest import Site, eventually
from in_front import Recorder

from feedsvc.bookmarks import BEFORE_EVERYTHING
from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom


@pytest.fixture
def front() -> Iterator[Recorder]:
    with Recorder().listening() as recorder:
        yield recorder


def address(front: Recorder) -> str:
    return f"varnish+http://127.0.0.1:{front.port}"


def is_done(site: Site, number: int = 0) -> bool:
    """Whether a front has been told of everything, twice."""
    return site.service.purging.purgers[number].backlog().pending == 0


def settle(site: Site, number: int = 0) -> None:
    eventually(lambda: is_done(site, number))


def publish(newsroom: Newsroom, **fields: object) -> None:
    newsroom.publish(read_item({"title": "A headline", **fields}))


def test_a_commit_is_purged_twice_by_the_names_it_touches_and_then_never_again(
    make_site: Callable[..., Site], front: Recorder
) -> None:
    site = make_site(purge_urls=address(front))
    site.publish(title="First", tags=["Karabakh", "Sport"])
    settle(site)
    site.publish(title="Second", tags=["Sport"])
    settle(site)

    first = ["article-1", "articles-0", "channel-0", "channel-1", "channel-2", "channel-3"]
    second = ["article-2", "articles-0", "channel-0", "channel-1", "channel-3"]
    assert [told.keys for told in front.told] == [first, first, second, second]
    assert {(told.method, told.path) for told in front.told} == {("PURGE", "/")}
    assert {told.headers["User-Agent"].partition("/")[0] for told in front.told} == {"feedsvc"}
    purger = site.service.purging.purgers[0]
    assert (purger.sender.accepted, purger.sender.failed, purger.backlog().lag_seconds) == (4, 0, 0.0)


def test_our_own_copy_is_gone_before_a_front_is_told(make_site: Callable[..., Site], front: Recorder) -> None:
    site = make_site(purge_urls=address(front))
    seen: list[bool] = []

    def look(_number: int) -> int:
        seen.append("Bridge opens" in site.get("/feeds/news-line.rss").text)
        return 200

    front.answer = look
    assert "Bridge opens" not in site.get("/feeds/news-line.rss").text
    publish(site.service.newsroom, title="Bridge opens")
    settle(site)
    assert seen == [True, True]


def test_what_a_retraction_and_a_change_of_tags_touch_is_purged(
    make_site: Callable[..., Site], front: Recorder
) -> None:
    site = make_site(purge_urls=address(front))
    guid = site.publish(id="a", tags=["Karabakh"]).guid
    settle(site)
    site.publish(id="a", tags=["Sport"])
    settle(site)
    site.retract(guid)
    settle(site)
    retagged = [
        "archive-0-1",
        "archive-1-1",
        "archive-2-1",
        "article-1",
        "articles-0",
        "channel-0",
        "channel-1",
        "channel-2",
        "channel-3",
    ]
    retracted = [
        "archive-0-1",
        "archive-1-1",
        "archive-3-1",
        "article-1",
        "articles-0",
        "channel-0",
        "channel-1",
        "channel-3",
    ]
    assert [told.keys for told in front.told][2:] == [retagged, retagged, retracted, retracted]


def test_a_burst_is_one_request_without_doubles(make_site: Callable[..., Site], front: Recorder) -> None:
    site = make_site(purge_urls=address(front))
    items = [read_item({"id": str(number), "title": f"Number {number}", "tags": ["Sport"]}) for number in range(50)]
    site.service.newsroom.accept(items)
    settle(site)
    keys = sorted(
        [f"article-{number + 1}" for number in range(50)] + ["articles-0", "channel-0", "channel-1", "channel-2"]
    )
    assert [told.keys for told in front.told] == [keys, keys]


def test_many_keys_go_in_portions_and_too_many_are_everything(make_site: Callable[..., Site], front: Recorder) -> None:
    site = make_site(purge_urls=address(front))

    def accept(first: int, count: int) -> None:
        numbers = range(first, first + count)
        site.service.newsroom.accept([read_item({"id": str(n), "title": "T", "tags": [f"Tag {n}"]}) for n in numbers])
        settle(site)

    accept(0, 300)
    each = [f"{kind}-{n}" for kind, first in (("article", 1), ("channel", 2)) for n in range(first, first + 300)]
    # Of the News Line and of its language, parts of fifty were opened.
    parts = [f"archive-{channel}-{part}" for channel in (0, 1) for part in range(2, 7)]
    keys = sorted([*each, *parts, "articles-0", "channel-0", "channel-1"])
    assert [len(told.keys) for told in front.told] == [256, 256, 101] * 2
    assert [key for told in front.told[:3] for key in told.keys] == keys
    assert max(len(told.headers["Surrogate-Key"]) for told in front.told) < 8_000

    front.told.clear()
    accept(1000, 600)
    assert [told.keys for told in front.told] == [["site"], ["site"]]


def test_what_a_front_refuses_is_told_again_and_nothing_is_lost(
    make_site: Callable[..., Site], front: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    front.answer = lambda number: 503 if number < 3 else 200
    site = make_site(purge_urls=address(front))
    site.publish(title="First")
    eventually(lambda: front.told)
    site.publish(title="Second")
    assert not is_done(site)
    settle(site)
    told = {key for each in front.accepted for key in each.keys}
    assert told == {"article-1", "article-2", "articles-0", "channel-0", "channel-1"}
    assert site.service.purging.purgers[0].sender.failed == 3
    assert f"{address(front)} is not purged: it answered 503; trying again in 0.2 s at most" in caplog.text


def test_a_front_that_was_away_hears_of_everything_in_order_and_holds_up_no_other(
    make_site: Callable[..., Site], front: Recorder
) -> None:
    away = Recorder()
    site = make_site(purge_urls=f"{address(away)} {address(front)}")
    for number in range(1, 4):
        site.publish(title=f"Number {number}")
        settle(site, 1)
        assert front.accepted[-1].keys == [f"article-{number}", "articles-0", "channel-0", "channel-1"]
    backlog = site.service.purging.purgers[0].backlog()
    assert backlog.pending == 3
    assert backlog.lag_seconds > 0

    with away.listening():
        settle(site)
        site.publish(title="Number 4")
        settle(site)
    everything, newest = (
        ["article-1", "article-2", "article-3", "articles-0", "channel-0", "channel-1"],
        ["article-4", "articles-0", "channel-0", "channel-1"],
    )
    assert [told.keys for told in away.told] == [everything, everything, newest, newest]


def test_a_new_front_begins_with_what_comes_and_an_old_one_where_it_was(
    make_site: Callable[..., Site], front: Recorder
) -> None:
    settings = {"base_url": "https://news.example"}
    newsroom = make_site(**settings).service.newsroom
    publish(newsroom)
    publish(newsroom)
    site = make_site(purge_urls=address(front), **settings)
    publish(newsroom)
    settle(site)
    assert [told.keys for told in front.told] == [["article-3", "articles-0", "channel-0", "channel-1"]] * 2

    site.service.purging.stop()
    front.told.clear()
    publish(newsroom)
    settle(make_site(purge_urls=address(front), **settings))
    assert [told.keys for told in front.told] == [["article-4", "articles-0", "channel-0", "channel-1"]] * 2


def test_of_two_processes_one_purges(make_site: Callable[..., Site], front: Recorder) -> None:
    sites = [make_site(base_url="https://news.example", purge_urls=address(front)) for _ in range(2)]
    for number in range(1, 4):
        sites[0].publish()
        settle(sites[1])
        assert [told.keys for told in front.told[-2:]] == [
            [f"article-{number}", "articles-0", "channel-0", "channel-1"]
        ] * 2
    assert len(front.told) == 6
    assert sum(site.service.purging.purgers[0].sender.accepted for site in sites) == 6


def test_a_process_waits_for_its_turn(make_site: Callable[..., Site], front: Recorder) -> None:
    with Recorder().listening() as other:
        site = make_site(purge_urls=f"{address(front)}, {address(other)}")
        with site.service.database.turn(site.service.purging.purgers[0].turn) as mine:
            assert mine
            site.publish()
            settle(site, 1)
            assert front.told == []
        settle(site)
    assert len(front.told) == len(other.told) == 2


def test_a_front_that_is_put_back_amid_a_purge_is_told_from_there(
    make_site: Callable[..., Site], front: Recorder
) -> None:
    site = make_site(purge_urls=address(front))

    def put_back(number: int) -> int:
        if number == 1:
            site.service.purging.purgers[0].bookmark.go_back(BEFORE_EVERYTHING)
        return 200

    front.answer = put_back
    site.publish()
    eventually(lambda: len(front.told) == 4)
    settle(site)
    assert [told.keys for told in front.told] == [["article-1", "articles-0", "channel-0", "channel-1"]] * 2 + [
        ["site"]
    ] * 2


def test_metrics_tell_how_far_each_front_is_behind(make_site: Callable[..., Site], front: Recorder) -> None:
    away = Recorder()
    site = make_site(purge_urls=f"{address(away)} {address(front)}")
    site.publish()
    settle(site, 1)

    def told(line: str) -> bool:
        return line in site.get("/metrics").text

    eventually(lambda: told(f'feedsvc_journal_pending{{follower="purge {address(away)}"}} 1.0'))
    eventually(lambda: told(f'feedsvc_journal_pending{{follower="purge {address(front)}"}} 0.0'))
    assert told(f'feedsvc_purges_total{{front="{address(front)}",outcome="accepted"}} 2.0')
    assert told(f'feedsvc_purges_total{{front="{address(front)}",outcome="failed"}} 0.0')
    assert not told(f'feedsvc_purges_total{{front="{address(away)}",outcome="failed"}} 0.0')


def test_a_front_that_knows_more_than_the_journal_forgets_everything(
    make_site: Callable[..., Site], front: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(purge_urls=address(front))
    site.publish()
    settle(site)
    front.told.clear()
    with site.service.database.write() as connection:
        connection.exec_driver_sql("UPDATE bookmark SET seq = 1000")
    settle(site)
    assert [told.keys for told in front.told] == [["site"], ["site"]]
    assert "the journal is shorter than what" in caplog.text


def test_a_journal_that_became_shorter_has_everything_purged(
    make_site: Callable[..., Site], front: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(purge_urls=address(front))
    site.publish(id="a")
    site.publish(id="b")
    settle(site)
    front.told.clear()
    with site.service.database.write() as connection:
        for statement in (
            "DELETE FROM touch WHERE seq > 2",
            "DELETE FROM journal WHERE seq > 2",
            "UPDATE journal_head SET seq = 2",
            "UPDATE bookmark SET seq = 2",
        ):
            connection.exec_driver_sql(statement)
    eventually(lambda: front.told)
    settle(site)
    assert [told.keys for told in front.told] == [["site"], ["site"]]
    assert "the journal is shorter than it was: everything is purged" in caplog.text


def test_what_was_committed_while_a_process_could_not_see_it_is_purged_once_more(
    make_site: Callable[..., Site], front: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "feedsvc")
    seeing, blind = (make_site(base_url="https://news.example", purge_urls=address(front)) for _ in range(2))
    seeing.publish(title="First")
    blind.settle()
    settle(seeing)
    blind.service.follower.stop()
    seeing.publish(title="Second")
    eventually(lambda: "the journal is out of sight" in caplog.text)
    settle(seeing)
    front.told.clear()

    blind.service.follower.start()
    eventually(lambda: front.told)
    settle(seeing)
    assert [told.keys for told in front.told] == [["article-2", "articles-0", "channel-0", "channel-1"]] * 2
    assert "the journal is in sight again: what came after row" in caplog.text


@pytest.mark.parametrize("table", ["bookmark", "journal_head"])
def test_purging_outlives_trouble_with_the_database(
    make_site: Callable[..., Site], front: Recorder, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    site = make_site(purge_urls=address(front))
    site.publish()
    settle(site)
    with site.service.database.write() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away")
    with pytest.raises(Exception, match=table):
        site.service.purging.purgers[0].backlog()
    eventually(lambda: "is not purged" in caplog.text)
    with site.service.database.write() as connection:
        connection.exec_driver_sql(f"ALTER TABLE away RENAME TO {table}")
    site.publish()
    settle(site)
    assert front.told[-1].keys == ["article-2", "articles-0", "channel-0", "channel-1"]


def test_a_service_that_stops_amid_a_purge_leaves_the_rest_to_the_next(
    make_site: Callable[..., Site], front: Recorder
) -> None:
    site = make_site(purge_urls=address(front), base_url="https://news.example")
    site.publish()
    eventually(lambda: front.told)
    site.service.purging.stop()
    assert len(front.told) == 1
    assert not is_done(site)
    again = make_site(purge_urls=address(front), base_url="https://news.example")
    settle(again)
    assert [told.keys for told in front.told] == [["article-1", "articles-0", "channel-0", "channel-1"]] * 3


def test_without_a_front_nothing_is_kept_about_purges(site: Site) -> None:
    site.publish()
    with site.service.database.read() as connection:
        followers = connection.exec_driver_sql("SELECT follower FROM bookmark").scalars().all()
    assert not [follower for follower in followers if follower.startswith("purge")]
