import io
import json
import sys
import tracemalloc

import pytest

from feedsvc.errors import Unreadable
from feedsvc.intake import Submission, ndjson, read_document, source

FEED = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "a"}, {"id": "b"}]}


def read(data: bytes) -> list[Submission]:
    return list(read_document(io.BytesIO(data), "upload"))


def outline(submissions: list[Submission]) -> list[tuple[str, str | None]]:
    return [(one.place, one.item.id if one.item else one.reason) for one in submissions]


def test_items_one_a_line_are_read_with_their_line_numbers():
    assert outline(read(b'\n{"id": "a"}\r\n\n  {"id": 2}\n{"id": "c"}')) == [
        ("line 2", "a"),
        ("line 4", "2"),
        ("line 5", "c"),
    ]


def test_a_byte_order_mark_and_record_separators_are_passed_over():
    assert outline(read(b'\xef\xbb\xbf{"id": "a"}\n{"id": "b"}')) == [("line 1", "a"), ("line 2", "b")]
    assert outline(read(b'\xef\xbb\xbf\n\n{"id": "a"}\n{"id": "b"}')) == [("line 3", "a"), ("line 4", "b")]
    assert outline(read(b'\x1e{"id": "a"}\n\x1e{"id": "b"}\n')) == [("line 1", "a"), ("line 2", "b")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken}", "it is not JSON: expecting property name enclosed in double quotes (character 2)"),
        (b'{"id": "a"', "it is not JSON: expecting ',' delimiter (character 11)"),
        (b'{"title": "caf\xe9"}', "it is not UTF-8: byte 0xe9 at offset 14"),
        (b"17", "it is not a JSON object"),
        (b'{"unrelated": 1}', "it has no member of a JSON Feed item, such as `id`, `title` or `content_html`"),
        (b'{"items": []}', "it has `items`, but its `version` is not https://jsonfeed.org/version/1.1"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "it is a JSON Feed, but its `items` is not a list"),
        (b'{"title": 5}', "/title: input should be a valid string"),
        (
            b'{"id": "a", "date_published": "soon"}',
            "/date_published: is not an RFC 3339 date such as 2024-05-12T09:30:00Z",
        ),
        (b'{"id": NaN}', "it has NaN, which is no JSON number"),
        (b'{"id": -Infinity}', "it has -Infinity, which is no JSON number"),
        (b'{"id": 1e999}', "it has a number too large to hold: 1e999"),
        (b'{"id": ' + b"9" * 5000 + b"}", "it has a number too large to hold"),
        (b'{"id": "a", "id": "b"}', "it has the member 'id' twice"),
        (b'{"id": ' + b"[" * 100_000 + b"}", "it is nested too deeply"),
    ],
)
def test_a_bad_line_is_a_reason_and_the_next_one_is_read(line, reason):
    expected = ("line 2", reason), ("line 3", "z")
    assert tuple(outline(read(b'{"id": "y"}\n' + line + b'\n{"id": "z"}\n'))[1:]) == expected


@pytest.mark.parametrize(
    "line", [b"{broken}", b'{"id": NaN}', b'{"id": ' + b"[" * 100_000 + b"}", b'{"id": "a', b'{"\xff": 1}']
)
def test_a_bad_first_line_is_a_reason_too(line):
    first, second = read(line + b'\n{"id": "z"}\n')
    assert (first.place, first.item) == ("line 1", None)
    assert outline([second]) == [("line 2", "z")]


def test_a_line_longer_than_the_limit_is_left_out_and_the_next_one_is_read():
    long = b'{"id": "%s"}\n' % (b"x" * source.LINE_LIMIT)
    assert outline(read(b'{"id": "a"}\n' + long + b'{"id": "c"}\n' + long[:-3])) == [
        ("line 1", "a"),
        ("line 2", "it is longer than 16 MiB"),
        ("line 3", "c"),
        ("line 4", "it is longer than 16 MiB"),
    ]


def test_a_line_at_the_limit_is_read():
    start, end = b'{"id": "', b'"}\n'
    line = start + b"x" * (source.LINE_LIMIT - len(start) - len(end) + 1) + end
    assert [one.place for one in read(b'{"id": "a"}\n' + line) if one.item] == ["line 1", "line 2"]


def test_a_first_line_may_be_as_long_as_a_document_and_no_longer(monkeypatch):
    monkeypatch.setattr(ndjson, "DOCUMENT_LIMIT", 100)
    assert outline(read(b'{"id": "%s"}\n{"id": "b"}' % (b"x" * 100))) == [
        ("line 1", "it is longer than 16 MiB"),
        ("line 2", "b"),
    ]


def test_memory_does_not_grow_with_the_number_of_lines():
    class Endless(io.RawIOBase):
        left = 5_000

        def readable(self):
            return True

        def readinto(self, buffer):
            if not self.left:
                return 0
            self.left -= 1
            line = b'{"id": "a", "title": "%s"}\n' % (b"x" * 1000)
            buffer[: len(line)] = line
            return len(line)

    tracemalloc.start()
    assert sum(1 for _ in read_document(Endless(), "endless")) == 5_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_fractions_are_read():
    (only,) = read(b'{"id": 1.5, "attachments": [{"url": "https://example.org/a.mp3", "duration_in_seconds": 0.25}]}')
    assert only.item is not None
    assert only.item.id == "1.5"
    assert [one.duration_in_seconds for one in only.item.attachments or []] == [0.25]


def test_lone_surrogates_are_removed_and_pairs_are_kept():
    (only,) = read(rb'{"id": "a", "title": "A\ud800B \ud83d\ude00 C\udc00", "tags": ["\udfff\\ud800"]}')
    assert only.item is not None
    assert only.item.title == "AB 😀 C"
    assert only.item.tags == [r"\ud800"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_feed_gives_its_items(indent):
    assert outline(read(json.dumps(FEED, indent=indent).encode())) == [("item 1", "a"), ("item 2", "b")]


def test_json_feeds_one_a_line_give_their_items():
    line = json.dumps(FEED).encode()
    assert [one.place for one in read(line + b"\n" + line)] == ["item 1", "item 2", "line 2, item 1", "line 2, item 2"]


def test_items_inherit_the_language_and_authors_of_their_feed():
    feed = FEED | {
        "language": "az",
        "authors": [{"name": "Desk"}],
        "author": {"name": "Old"},
        "items": [{"id": "a"}, {"id": "b", "language": "en", "author": {"name": "Own"}}, 3],
    }
    first, second, third = read(json.dumps(feed).encode())
    assert first.item is not None
    assert second.item is not None
    assert (first.item.language, [author.name for author in first.item.authors or []]) == ("az", ["Desk"])
    assert first.item.author is None
    assert (second.item.language, second.item.authors) == ("en", None)
    assert third.reason == "it is not a JSON object"


def test_a_feed_that_names_itself_wrongly_keeps_its_items():
    feed = FEED | {"language": 5, "authors": "Desk", "author": {"name": "Old"}}
    first, _ = read(json.dumps(feed).encode())
    assert first.item is not None
    assert first.item.language is None
    assert first.item.author is not None
    assert first.item.author.name == "Old"


def test_a_json_array_gives_its_items():
    assert outline(read(b'[{"id": "a"}, 5,\n {"id": "c"}]')) == [
        ("item 1", "a"),
        ("item 2", "it is not a JSON object"),
        ("item 3", "c"),
    ]


def test_a_single_item_may_be_written_over_many_lines():
    assert outline(read(json.dumps({"id": "a", "tags": ["x"]}, indent=4).encode())) == [("item 1", "a")]
    assert outline(read(b'{\n"id": "a",\n"date_modified": 5}')) == [
        ("item 1", "/date_modified: is not a date; write RFC 3339 such as 2024-05-12T09:30:00Z")
    ]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b'{\n"id": "a"\n"title": "b"}', r"upload: it is not JSON: expecting ',' delimiter \(line 3, column 1\)"),
        (b'\n\n{\n"id": "a"\n"title": "b"}', r"expecting ',' delimiter \(line 5, column 1\)"),
        (b'[{"id": "a"}', r"expecting ',' delimiter \(character 13\)"),
        (b"[" * 100_000, "upload: it is nested too deeply"),
        (b'{\n"name": "package",\n"main": 1}', "it has no member of a JSON Feed item"),
        (b'{\n"items": [],\n"title": "x"}', "it has `items`, but its `version` is not"),
        (b'{\n"version": "https://jsonfeed.org/version/1",\n"items": 3}', "its `items` is not a list"),
        (b'{\n"title": "caf\xe9"}', "it is not UTF-8: byte 0xe9 at offset 15"),
    ],
)
def test_an_ill_formed_json_document_is_unreadable_with_the_place(document, reason):
    with pytest.raises(Unreadable, match=reason):
        read(document)


def test_deep_nesting_leaves_the_recursion_limit_alone():
    before = sys.getrecursionlimit()
    read(b'{"id": ' + b"[" * 100_000 + b"}\n")
    assert sys.getrecursionlimit() == before
