"""Placements, counts and the journal agree with a recount, whatever was done in whatever order."""

import random

import pytest
from ledger import accept, assert_books_balance, exported, head, publish, tag_counts

from feedsvc.errors import FeedsvcError

GUIDS = [f"id-{n}" for n in range(12)]
TAGS = ["A", "B", "#C", "Şuşa", "عودة"]
SLUGS = ["first", "second", "third", "fourth"]


def some_tags(dice: random.Random) -> list[str]:
    return dice.sample(TAGS, dice.randint(0, len(TAGS)))


def some_item(dice: random.Random, guid: str) -> dict:
    item = {"id": guid, "title": f"Headline {dice.randint(1, 4)}", "tags": some_tags(dice)}
    if dice.random() < 0.3:
        item["_feedsvc"] = {"slug": dice.choice(SLUGS)}
    if dice.random() < 0.1:
        item["_feedsvc"] = {"status": "retracted", "reason": "so be it"}
    if dice.random() < 0.2:
        item["date_published"] = f"20{dice.randint(10, 23)}-01-01T00:00:00Z"
    return item


@pytest.mark.parametrize("seed", range(4))
def test_a_random_walk_through_the_newsroom_keeps_the_books_in_balance(newsroom, seed):
    dice = random.Random(seed)
    retracted: set[str] = set()
    tags: dict[str, list[str]] = {}
    for step in range(70):
        guid, before = dice.choice(GUIDS), head(newsroom)
        changed = 0
        if dice.random() < 0.15:
            try:
                newsroom.retract(guid)
                retracted.add(guid)
                changed = 1
            except FeedsvcError:
                assert guid in retracted or guid not in tags
        else:
            batch = [some_item(dice, each) for each in dice.sample(GUIDS, dice.randint(1, 4))]
            for item, outcome in zip(batch, accept(newsroom, *batch), strict=True):
                gone = item.get("_feedsvc", {}).get("status") == "retracted"
                if outcome.verdict in ("imported", "updated"):
                    changed += 1
                    if gone:
                        retracted.add(item["id"])
                    if not gone or outcome.verdict == "imported":
                        tags[item["id"]] = item["tags"]
        assert head(newsroom) == before + changed
        if step % 10 == 0:
            assert_books_balance(newsroom)
    assert_books_balance(newsroom)
    published = [own for guid, own in tags.items() if guid not in retracted]
    assert tag_counts(newsroom) == {tag: n for tag in TAGS if (n := sum(tag in own for own in published))}
    assert len(exported(newsroom)) == len(tags)
    slugs = [item["_feedsvc"]["slug"] for item in exported(newsroom)]
    assert len(slugs) == len(set(slugs))


def test_a_recount_would_notice_a_wrong_count(newsroom):
    publish(newsroom, id="a", tags=["A"])
    assert_books_balance(newsroom)
    with newsroom._database.write() as connection:
        connection.exec_driver_sql("UPDATE channel SET articles = articles + 1 WHERE slug = 'a'")
    with pytest.raises(AssertionError):
        assert_books_balance(newsroom)
