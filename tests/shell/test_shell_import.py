"""`feedsvc import`: every kind of document, what it tells, and with which status it ends."""

import gzip
import json
from pathlib import Path

import pytest
from inside import feedsvc, output

ITEMS = [{"id": str(n), "title": f"Number {n}", "content_text": "x", "tags": ["A"]} for n in range(3)]
NDJSON = "".join(json.dumps(item) + "\n" for item in ITEMS).encode()
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": ITEMS}, indent=1).encode()
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><link>https://f.example/</link>
<item><guid isPermaLink="false">0</guid><title>Number 0 &lt; 1</title>
<description>x</description><category>A</category></item>
<item><guid>https://f.example/1</guid><title>One</title><enclosure url="/a.mp3" length="5" type="audio/mpeg"/></item>
<item><title>Neither id nor link</title></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id><title>F</title><updated>2024-01-01T00:00:00Z</updated>
<entry><id>urn:0</id><title>Zero</title><updated>2024-01-01T00:00:00Z</updated>
<content type="html">&lt;p&gt;x&lt;/p&gt;</content>
<author><name>A</name></author></entry></feed>"""
IMPORTED_3 = "imported 3, updated 0, unchanged 0, rejected 0\n"
UNCHANGED_3 = "imported 0, updated 0, unchanged 3, rejected 0\n"


def exported(environment: dict[str, str]) -> list[dict]:
    return [json.loads(line) for line in output(environment, "export").splitlines()]


@pytest.fixture
def document(tmp_path: Path):
    """Write a document, and give its path."""

    def write(data: bytes, name: str = "items") -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize("data", [NDJSON, gzip.compress(NDJSON, mtime=0), JSON_FEED, gzip.compress(JSON_FEED, mtime=0)])
@pytest.mark.parametrize("by_name", [True, False], ids=["file", "stdin"])
def test_json_is_imported_once(shell_environment, document, data, by_name):
    name = document(data) if by_name else "-"
    assert output(shell_environment, "import", name, stdin=data) == IMPORTED_3
    before = exported(shell_environment)
    assert output(shell_environment, "import", name, stdin=data) == UNCHANGED_3
    assert exported(shell_environment) == before
    assert [item["id"] for item in before] == ["0", "1", "2"]


def test_atom_is_imported_once(shell_environment, document):
    name = document(ATOM)
    assert output(shell_environment, "import", name) == "imported 1, updated 0, unchanged 0, rejected 0\n"
    assert output(shell_environment, "import", name) == "imported 0, updated 0, unchanged 1, rejected 0\n"
    (item,) = exported(shell_environment)
    assert (item["id"], item["title"], item["content_html"]) == ("urn:0", "Zero", "<p>x</p>")
    assert item["authors"] == [{"name": "A"}]


def test_rss_is_imported_once_and_what_is_wrong_in_it_is_told(shell_environment, document):
    name = document(RSS)
    result = feedsvc(shell_environment, "import", name)
    assert (result.exit_code, result.stdout) == (0, "imported 2, updated 0, unchanged 0, rejected 1\n")
    assert result.stderr == f"{name}: entry 3: it has neither a guid (or id) nor a link\n"
    again = feedsvc(shell_environment, "import", name)
    assert again.stdout == "imported 0, updated 0, unchanged 2, rejected 1\n"
    first, second = exported(shell_environment)
    assert (first["id"], first["title"], first["tags"]) == ("0", "Number 0 < 1", ["A"])
    assert second["attachments"] == [{"url": "https://f.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5}]


def test_rejected_items_are_told_with_line_field_and_reason(shell_environment, document):
    lines = [
        b'{"id": "a", "title": "x"}',
        b"{broken",
        b'{"id": "b"}',
        b'{"id": "c", "title": 5}',
        b'{"id": "d", "title": "x", "language": "?"}',
    ]
    name = document(b"\n".join(lines))
    result = feedsvc(shell_environment, "import", name)
    assert (result.exit_code, result.stdout) == (0, "imported 1, updated 0, unchanged 0, rejected 4\n")
    told = result.stderr.splitlines()
    assert told[0].startswith(f"{name}: line 2: it is not JSON: ")
    assert told[1] == f"{name}: line 3: /title the article has no title"
    assert told[2] == f"{name}: line 4: /title: input should be a valid string"
    assert told[3].startswith(f"{name}: line 5: /language is not a language tag")
    assert len(told) == 4


@pytest.mark.parametrize(("data", "status"), [(NDJSON, 0), (NDJSON + b"{}\n", 1)])
def test_strict_ends_with_a_status_of_its_own(shell_environment, document, data, status):
    result = feedsvc(shell_environment, "import", "--strict", document(data))
    assert result.exit_code == status
    assert result.stdout.startswith("imported 3, ")


def test_several_documents_are_counted_together(shell_environment, document):
    names = document(NDJSON, "a"), document(ATOM, "b"), document(NDJSON, "c")
    assert output(shell_environment, "import", *names) == "imported 4, updated 0, unchanged 3, rejected 0\n"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"plain text", "it is neither JSON nor RSS nor Atom"),
        (b"", "it is empty"),
        (b"<html></html>", "it is a web page, not a feed"),
        (gzip.compress(NDJSON, mtime=0)[:-9], "the gzip stream breaks off"),
        (b"[1, 2", "it is not JSON"),
    ],
)
def test_what_cannot_be_read_is_told_and_takes_no_other_document_with_it(shell_environment, document, data, sentence):
    good, bad, other = document(JSON_FEED, "good"), document(data, "bad"), document(ATOM, "other")
    result = feedsvc(shell_environment, "import", good, bad, other)
    assert result.exit_code == 1
    assert result.stdout.startswith("imported 4, ")
    assert f"Error: {bad}: " in result.stderr
    assert sentence in result.stderr
    assert [item["id"] for item in exported(shell_environment)] == ["0", "1", "2", "urn:0"]


def test_a_file_that_is_not_there_stops_before_anything_is_done(shell_environment, document, tmp_path):
    for wrong in (str(tmp_path / "none"), str(tmp_path)):
        result = feedsvc(shell_environment, "import", document(NDJSON), wrong)
        assert result.exit_code == 2
        assert wrong in result.stderr
    assert exported(shell_environment) == []


def test_an_import_without_a_file_is_a_question(shell_environment):
    result = feedsvc(shell_environment, "import")
    assert result.exit_code == 2
    assert "Missing argument" in result.stderr


def test_a_long_import_tells_how_far_it_is(shell_environment, document):
    lines = (json.dumps({"id": str(n), "title": "x", "_feedsvc": {"slug": f"s{n}"}}) + "\n" for n in range(5_001))
    name = document("".join(lines).encode())
    result = feedsvc(shell_environment, "import", name)
    assert result.stdout == "imported 5001, updated 0, unchanged 0, rejected 0\n"
    assert result.stderr == f"{name}: 5,000 done, up to line 5000\n"


def test_a_newer_item_updates(shell_environment):
    output(shell_environment, "import", "-", stdin=NDJSON)
    newer = json.dumps({"id": "1", "title": "Newer"})
    assert output(shell_environment, "import", "-", stdin=newer) == "imported 0, updated 1, unchanged 0, rejected 0\n"


def test_a_tombstone_retracts(shell_environment):
    output(shell_environment, "import", "-", stdin=NDJSON)
    tombstone = json.dumps({"id": "1", "content_text": "", "_feedsvc": {"status": "retracted"}})
    assert output(shell_environment, "import", "-", stdin=tombstone).startswith("imported 0, updated 1")
    assert "Number 1" not in output(shell_environment, "list")
    result = feedsvc(shell_environment, "import", "-", stdin=NDJSON)
    assert result.stdout == "imported 0, updated 0, unchanged 2, rejected 1\n"
    assert result.stderr.startswith("-: line 2: /id it was retracted on 20")
