import gzip
import io
import os

import pytest

from feedsvc.errors import Unreadable
from feedsvc.intake import Submission, read_document
from feedsvc.intake import source as source_module

LINES = b'{"id": "1", "title": "One"}\n{"id": "2", "title": "Two"}\n'
RSS = b'<rss version="2.0"><channel><item><guid>g</guid><title>T</title></item></channel></rss>'


def read(data: bytes) -> list[Submission]:
    return list(read_document(io.BytesIO(data), "upload"))


def ids(submissions: list[Submission]) -> list[str | None]:
    return [submission.item.id for submission in submissions if submission.item]


def test_a_gzipped_document_is_unpacked():
    assert ids(read(gzip.compress(LINES))) == ["1", "2"]
    assert ids(read(gzip.compress(RSS))) == ["g"]


def test_a_pipe_that_cannot_seek_is_read():
    reading, writing = os.pipe()
    os.write(writing, gzip.compress(LINES))
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert ids(list(read_document(stream, "-"))) == ["1", "2"]


def test_an_unbuffered_stream_is_read_and_left_open(tmp_path):
    path = tmp_path / "items.ndjson"
    path.write_bytes(LINES)
    with path.open("rb", buffering=0) as stream:
        assert ids(list(read_document(stream, "items"))) == ["1", "2"]
        assert not stream.closed


def test_a_stream_closed_before_the_reading_ended_does_no_harm():
    stream = io.BytesIO(gzip.compress(LINES))
    submissions = read_document(stream, "upload")
    next(submissions)
    stream.close()
    submissions.close()


def test_items_before_the_end_of_a_truncated_gzip_stream_are_kept():
    packed = gzip.compress(
        b"".join(b'{"id": "%d", "title": "%s"}\n' % (n, os.urandom(20).hex().encode()) for n in range(99))
    )
    submissions = read_document(io.BytesIO(packed[: len(packed) // 2]), "upload")
    kept: list[Submission] = []
    with pytest.raises(Unreadable, match=r"^upload: the gzip stream breaks off after [\d,]+ unpacked bytes; the last"):
        any(kept.append(submission) for submission in submissions)
    assert ids(kept) == [str(number) for number in range(len(ids(kept)))]
    assert len(kept) > 10
    assert kept[-1].place == f"line {len(kept)}"


def test_a_corrupt_gzip_stream_is_unreadable_where_it_is_corrupt():
    packed = bytearray(gzip.compress(LINES))
    packed[-5] ^= 0xFF
    with pytest.raises(Unreadable, match=r"damaged after 56 unpacked bytes \(.*\); the last thing read was line 2"):
        read(bytes(packed))


def test_a_gzip_stream_that_breaks_off_in_a_json_document_says_so():
    packed = gzip.compress(b'{\n"version": "https://jsonfeed.org/version/1.1",\n"items": [{"id": "1"}]}')
    with pytest.raises(Unreadable, match="upload: the gzip stream breaks off"):
        read(packed[:-20])


def test_a_gzip_stream_with_nothing_in_it_is_unreadable():
    with pytest.raises(Unreadable, match="upload: it is empty"):
        read(gzip.compress(b""))
    with pytest.raises(Unreadable, match="upload: the gzip stream breaks off after 0 unpacked bytes"):
        read(gzip.compress(b"")[:5])


@pytest.mark.parametrize("data", [b"", b"\n \r\n\t\n", b" " * 200_000])
def test_an_empty_document_is_unreadable(data):
    with pytest.raises(Unreadable, match="upload: it is empty"):
        read(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE html>\n<html><body>Hello</body></html>", "it is a web page, not a feed"),
        (b"\xef\xbb\xbf<HTML lang=en>", "it is a web page, not a feed"),
        (b"# A headline\n\ntext", "neither JSON nor RSS nor Atom"),
        (b"\x89PNG\r\n\x1a\n", "neither JSON nor RSS nor Atom"),
        ('{"id": "1"}'.encode("utf-16"), "JSON in UTF-16"),
        (b"<urlset><url/></urlset>", "there is no RSS, RDF or Atom feed in it$"),
        (b"<!-- no more -->", "not well-formed from line 1 on"),
    ],
)
def test_other_kinds_are_unreadable_with_the_reason(data, reason):
    with pytest.raises(Unreadable, match=reason):
        read(data)


def test_a_document_beyond_the_limit_is_unreadable(monkeypatch):
    monkeypatch.setattr(source_module, "DOCUMENT_LIMIT", len(RSS) - 1)
    with pytest.raises(Unreadable, match="it is larger than 0 MiB"):
        read(RSS)
