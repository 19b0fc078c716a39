"""Importing: in batches, each kept once it is reported; the same document twice changes nothing."""

import gzip
import io
import json
from collections import Counter

import pytest
from ledger import assert_books_balance, changes, exported, head, on_file, publish

from feedsvc.errors import Unreadable
from feedsvc.importing import BATCH, Imported, import_all
from feedsvc.intake import Submission, read_document
from feedsvc.item import read_item


def bring_in(newsroom, *items: dict) -> list[Imported]:
    document = "".join(json.dumps({"title": "A headline"} | item) + "\n" for item in items).encode()
    return list(import_all(newsroom, read_document(io.BytesIO(document), "items")))


def verdicts(results: list[Imported]) -> dict[str, int]:
    return dict(Counter(result.outcome.verdict for result in results))


def test_a_document_is_brought_in_batch_by_batch(newsroom):
    items = [{"id": str(n), "title": f"Number {n}", "tags": [f"T{n % 3}"]} for n in range(2 * BATCH + 7)]
    assert verdicts(bring_in(newsroom, *items)) == {"imported": len(items)}
    before = exported(newsroom)
    assert verdicts(bring_in(newsroom, *items)) == {"unchanged": len(items)}
    assert exported(newsroom) == before
    assert head(newsroom) == len(items)
    assert_books_balance(newsroom)


def test_what_is_reported_is_kept_whatever_comes_after(newsroom):
    def submissions():
        for n in range(BATCH + 3):
            yield Submission(f"line {n}", read_item({"id": str(n), "title": "x"}))
        raise KeyboardInterrupt

    reported = []
    with pytest.raises(KeyboardInterrupt):
        reported.extend(import_all(newsroom, submissions()))
    results = import_all(newsroom, submissions())
    for result in results:
        reported.append(result)
        assert on_file(newsroom, result.outcome.guid)
        break
    results.close()
    assert len(exported(newsroom)) == BATCH


def test_what_came_before_damage_is_brought_in(newsroom):
    lines = b"".join(json.dumps({"id": str(n), "title": f"x{n}" * 50}).encode() + b"\n" for n in range(2_000))
    packed = gzip.compress(lines)[:-200]
    results = []
    with pytest.raises(Unreadable, match=r"items: the gzip stream breaks off .*; the last thing read was line \d+"):
        results += import_all(newsroom, read_document(io.BytesIO(packed), "items"))
    brought_in = exported(newsroom)
    assert BATCH < len(brought_in) < 2_000
    assert len(brought_in) % BATCH
    assert [item["id"] for item in brought_in] == [str(n) for n in range(len(brought_in))]


def test_each_rejected_item_has_its_place_and_reason(newsroom):
    document = (
        b'{"id": "a", "title": "x"}\nnot json\n\n{"id": "b"}\n{"title": "no id"}\n[1]\n{"id": "a", "title": "again"}\n'
    )
    results = list(import_all(newsroom, read_document(io.BytesIO(document), "items")))
    assert [(result.place, result.outcome.verdict) for result in results] == [
        ("line 1", "imported"),
        ("line 2", "rejected"),
        ("line 4", "rejected"),
        ("line 5", "rejected"),
        ("line 6", "rejected"),
        ("line 7", "rejected"),
    ]
    reasons = [result.outcome.reason for result in results[1:]]
    assert reasons[0].startswith("it is not JSON")
    assert reasons[1:] == [
        "the article has no title",
        "the item has no id to know it by",
        "it is not a JSON object",
        "the id a stands earlier in this document",
    ]
    assert on_file(newsroom, "a")["title"] == "x"


@pytest.mark.parametrize("again", ["a", " a", "a\n", "a\x01"])
@pytest.mark.parametrize("between", [0, BATCH])
def test_an_id_is_taken_the_first_time_it_stands_in_a_document(newsroom, again, between):
    filling = [{"id": f"n{n}"} for n in range(between)]
    document = [{"id": "a", "title": "First"}, *filling, {"id": again, "title": "Second"}]
    for _ in range(2):
        assert bring_in(newsroom, *document)[-1].outcome.verdict == "rejected"
        assert on_file(newsroom, "a")["title"] == "First"
        assert head(newsroom) == len(document) - 1


def test_an_item_that_was_refused_does_not_take_its_id_with_it(newsroom):
    results = bring_in(newsroom, {"id": "a", "title": ""}, {"id": "b"})
    assert verdicts(results) == {"rejected": 1, "imported": 1}
    assert verdicts(bring_in(newsroom, {"id": "a"})) == {"imported": 1}


def test_a_newer_item_updates_and_an_older_one_does_not(newsroom):
    bring_in(newsroom, {"id": "a", "date_published": "2024-01-01", "date_modified": "2024-01-02"})
    newer = {"id": "a", "title": "Newer", "date_modified": "2024-01-03"}
    assert verdicts(bring_in(newsroom, newer)) == {"updated": 1}
    older = bring_in(newsroom, {"id": "a", "title": "Older", "date_modified": "2024-01-02"})
    assert verdicts(older) == {"rejected": 1}
    assert older[0].outcome.where == "/date_modified"
    assert [change.kind for change in changes(newsroom)] == ["publish", "revise"]


def test_one_bad_item_does_not_take_its_batch_with_it(newsroom):
    publish(newsroom, id="old", title="Old")
    results = bring_in(
        newsroom,
        {"id": "new", "title": "Wanted"},
        {"id": "old", "title": "Old", "_feedsvc": {"slug": "wanted"}},
        {"id": "other"},
    )
    assert verdicts([results[0], results[2]]) == {"imported": 2}


@pytest.mark.parametrize("document", [b"", b"\n \n", b"plain text", b"\x00\x01", b"<html><p>x</html>", b"<x/>"])
def test_what_is_no_document_is_unreadable_and_changes_nothing(newsroom, document):
    with pytest.raises(Unreadable, match=r"^items: "):
        list(import_all(newsroom, read_document(io.BytesIO(document), "items")))
    assert head(newsroom) == 0
