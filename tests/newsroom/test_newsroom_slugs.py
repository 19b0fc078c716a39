"""The addresses of articles: unique, permanent, and never given to another article."""

import hashlib

import pytest
from ledger import BASE, accept, entry_at, exported, head, on_file, publish

from feedsvc.catalogue import Withdrawn
from feedsvc.errors import Moved, NotFound, Rejected


def slug_of(newsroom, guid: str) -> str:
    return on_file(newsroom, guid)["_feedsvc"]["slug"]


def digest_of(guid: str) -> str:
    return hashlib.sha256(guid.encode()).hexdigest()


def test_an_address_is_made_of_the_headline(newsroom):
    publish(newsroom, id="a", title="Qarabağ: #1 & “more”")
    assert slug_of(newsroom, "a") == "qarabağ-sharp-1-and-more"
    assert on_file(newsroom, "a")["url"] == f"{BASE}/articles/qaraba%C4%9F-sharp-1-and-more"


def test_a_headline_without_letters_has_an_address_all_the_same(newsroom):
    publish(newsroom, id="a", title="?!")
    publish(newsroom, id="b", title="…")
    assert slug_of(newsroom, "a") == "article"
    assert slug_of(newsroom, "b") == f"article-{digest_of('b')[:6]}"


def test_a_long_headline_is_cut_at_a_word(newsroom):
    publish(newsroom, id="a", title="word " * 40)
    assert slug_of(newsroom, "a") == "-".join(["word"] * 16)


def test_the_same_headline_gets_an_ending_that_follows_from_the_id(newsroom):
    accept(newsroom, {"id": "a"}, {"id": "b"})
    publish(newsroom, id="c")
    assert [slug_of(newsroom, guid) for guid in "abc"] == [
        "a-headline",
        f"a-headline-{digest_of('b')[:6]}",
        f"a-headline-{digest_of('c')[:6]}",
    ]


@pytest.mark.parametrize("together", [True, False])
def test_the_ending_grows_until_the_address_is_free(newsroom, together):
    digest = digest_of("late")
    squatters = [{"id": "x"}] + [{"id": str(n), "_feedsvc": {"slug": f"a-headline-{digest[:n]}"}} for n in (6, 12, 24)]
    if together:
        accept(newsroom, *squatters, {"id": "late"})
    else:
        for squatter in squatters:
            accept(newsroom, squatter)
        accept(newsroom, {"id": "late"})
    assert slug_of(newsroom, "late") == f"a-headline-{digest}"


def test_an_editor_can_choose_the_address(newsroom):
    publish(newsroom, id="a", _feedsvc={"slug": "Bridge Opens!"})
    assert slug_of(newsroom, "a") == "bridge-opens"
    with pytest.raises(Rejected, match="no letter or digit") as refused:
        publish(newsroom, id="b", _feedsvc={"slug": "!!"})
    assert refused.value.where == "/_feedsvc/slug"


def test_a_new_headline_moves_nothing(newsroom):
    publish(newsroom, id="a", title="Before")
    publish(newsroom, id="a", title="After")
    assert slug_of(newsroom, "a") == "before"


def test_a_changed_address_leads_on_for_ever(newsroom):
    publish(newsroom, id="a", _feedsvc={"slug": "first"})
    publish(newsroom, id="a", _feedsvc={"slug": "second"})
    publish(newsroom, id="a", _feedsvc={"slug": "third"})
    for old in ("first", "second", "FIRST", "Second!"):
        with pytest.raises(Moved) as moved:
            entry_at(newsroom, old)
        assert moved.value.location == f"{BASE}/articles/third"
    assert entry_at(newsroom, "third").guid == "a"
    with pytest.raises(NotFound, match="no article at this address"):
        entry_at(newsroom, "fourth")


def test_an_address_can_come_back(newsroom):
    for slug in ("first", "second", "first"):
        publish(newsroom, id="a", _feedsvc={"slug": slug})
    assert entry_at(newsroom, "first").guid == "a"
    with pytest.raises(Moved) as moved:
        entry_at(newsroom, "second")
    assert moved.value.location == f"{BASE}/articles/first"


def test_an_address_once_used_is_never_given_to_another(newsroom):
    publish(newsroom, id="a", _feedsvc={"slug": "first"})
    publish(newsroom, id="a", _feedsvc={"slug": "second"})
    publish(newsroom, id="new", title="First")
    assert slug_of(newsroom, "new") == f"first-{digest_of('new')[:6]}"
    journal = head(newsroom)
    for taken in ("first", "second"):
        with pytest.raises(Rejected, match=f"has, or once had, the address '{taken}'") as refused:
            publish(newsroom, id="new", title="First", _feedsvc={"slug": taken})
        assert refused.value.where == "/_feedsvc/slug"
    assert head(newsroom) == journal
    assert entry_at(newsroom, "second").guid == "a"


def test_the_address_of_a_retracted_article_is_not_free(newsroom):
    publish(newsroom, id="a", title="Gone")
    newsroom.retract("a")
    publish(newsroom, id="b", title="Gone")
    assert slug_of(newsroom, "b") == f"gone-{digest_of('b')[:6]}"
    assert isinstance(entry_at(newsroom, "gone"), Withdrawn)


def test_the_old_address_of_a_retracted_article_leads_to_where_it_was(newsroom):
    for slug in ("first", "second"):
        publish(newsroom, id="a", _feedsvc={"slug": slug})
    newsroom.retract("a")
    with pytest.raises(Moved) as moved:
        entry_at(newsroom, "first")
    assert moved.value.location == f"{BASE}/articles/second"


@pytest.mark.parametrize("order", [["old", "new"], ["new", "old"]])
def test_an_address_is_given_once_within_a_transaction(newsroom, order):
    publish(newsroom, id="old", title="Old")
    items = {
        "old": {"id": "old", "title": "Old", "_feedsvc": {"slug": "wanted"}},
        "new": {"id": "new", "title": "Wanted"},
    }
    outcomes = accept(newsroom, *(items[name] for name in order))
    assert "imported" in [outcome.verdict for outcome in outcomes]
    slugs = [item["_feedsvc"]["slug"] for item in exported(newsroom)]
    assert len(set(slugs)) == 2
    assert "wanted" in slugs


def test_an_address_left_within_a_transaction_is_not_given_away_in_it(newsroom):
    publish(newsroom, id="old", title="Wanted")
    accept(
        newsroom, {"id": "old", "title": "Wanted", "_feedsvc": {"slug": "elsewhere"}}, {"id": "new", "title": "Wanted"}
    )
    assert slug_of(newsroom, "new") == f"wanted-{digest_of('new')[:6]}"
    with pytest.raises(Moved):
        entry_at(newsroom, "wanted")


def test_the_longest_address_comes_back_unchanged(newsroom):
    longest = "x" * 100
    for guid in ("a", "b"):
        publish(newsroom, id=guid, _feedsvc={"slug": longest})
    assert [publish(newsroom, **item).verdict for item in exported(newsroom)] == ["unchanged", "unchanged"]
