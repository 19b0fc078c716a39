"""A generated archive is what the newsroom would have left: its books balance, and work goes on in it."""

import pytest
from databases import ENGINES, empty_database
from generated import fill
from ledger import assert_books_balance, changes, channel_names, exported, head, on_file, publish, tag_counts

from feedsvc.item import read_item

ARTICLES, TAGS = 2_000, 40


@pytest.fixture(params=ENGINES)
def database_url(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        fill(url, ARTICLES, TAGS)
        yield url


def test_the_books_balance(newsroom):
    assert_books_balance(newsroom)
    items = exported(newsroom)
    assert len(items) == ARTICLES
    assert sum(item["_feedsvc"].get("status") == "retracted" for item in items) == 5
    assert all(len(set(item["tags"])) == 5 for item in items if "tags" in item)
    counts = tag_counts(newsroom)
    assert len(counts) == TAGS
    assert counts["Subject 1"] > counts["Subject 4"] > counts["Subject 40"] > 0
    assert {"Subject 5", "Subject 35"} <= {tag for item in items[:500] for tag in item.get("tags", ())}
    assert not {"Subject 5", "Subject 35"} & {tag for item in items[1000:] for tag in item.get("tags", ())}


def test_the_journal_tells_of_every_article_its_revisions_and_its_retraction(newsroom):
    told = changes(newsroom)
    assert len(told) == head(newsroom) == 2_100
    assert [change.article for change in told if change.kind == "publish"] == list(range(1, ARTICLES + 1))
    assert [change.article for change in told if change.kind == "retract"] == [400, 800, 1200, 1600, 2000]
    assert sum(change.kind == "revise" for change in told) == 95
    assert all(len(change.channels) == 6 for change in told)


def test_what_is_exported_and_handed_in_again_is_unchanged(newsroom):
    outcomes = newsroom.accept([read_item(item) for item in exported(newsroom)])
    assert {outcome.verdict for outcome in outcomes} == {"unchanged"}


def test_the_newsroom_works_on(newsroom):
    newest = [item["id"] for item in exported(newsroom)][-2]
    outcome = publish(newsroom, title="On top", tags=["Subject 1", "Brand new"])
    assert channel_names(newsroom, changes(newsroom)[-1]) == {"", "subject-1", "brand-new"}
    before = tag_counts(newsroom)["Subject 1"]
    publish(newsroom, id=outcome.guid, title="On top", tags=["Brand new"])
    assert tag_counts(newsroom)["Subject 1"] == before - 1
    newsroom.retract(newest)
    assert on_file(newsroom, newest)["_feedsvc"]["status"] == "retracted"
    assert [change.kind for change in changes(newsroom)[-3:]] == ["publish", "retag", "retract"]
    assert_books_balance(newsroom)


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_its_feeds_render_and_take_up_what_is_published(site, form):
    feed = site.get(f"/feeds/tags/subject-1.{form}")
    assert feed.status_code == 200
    assert feed.text.count("https://img.example/") > 10
    assert 90_000 < len(feed.content) < 160_000
    site.publish(title="On top", tags=["Subject 1"])
    assert "On top" in site.get(f"/feeds/tags/subject-1.{form}").text


def test_only_an_empty_database_is_filled(database_url):
    with pytest.raises(SystemExit, match="only an empty one"):
        fill(database_url, 10, 5)
