"""Over real documents, where they are at hand; they stand beside the repository and are no part of it."""

from pathlib import Path

import pytest

from feedsvc.errors import Unreadable
from feedsvc.intake import Submission, read_document

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FEEDS = sorted(path for path in (DATA / "feeds").rglob("*") if path.is_file())
UNREADABLE = {"feedrs_xml_sample_1.xml", "rss_empty_document.xml", "unrecognized.rss"}


def read(path: Path) -> list[Submission]:
    with path.open("rb") as stream:
        return list(read_document(stream, path.name))


# pytest would report an empty parametrisation as a skipped test; without the documents there is to be none.
if FEEDS:

    @pytest.mark.parametrize(
        "path", [path for path in FEEDS if path.name not in UNREADABLE], ids=lambda path: path.name
    )
    def test_a_real_feed_gives_submissions(path):
        for submission in read(path):
            assert (submission.item is None) == bool(submission.reason)

    @pytest.mark.parametrize("path", [path for path in FEEDS if path.name in UNREADABLE], ids=lambda path: path.name)
    def test_what_is_no_feed_is_unreadable(path):
        with pytest.raises(Unreadable, match=path.name):
            read(path)

    @pytest.mark.parametrize("path", [DATA / "reuters.ndjson.gz"], ids=lambda path: path.name)
    def test_all_of_reuters_is_read_but_for_one_date(path):
        submissions = read(path)
        assert len(submissions) == 21_578
        (wrong,) = [submission for submission in submissions if submission.item is None]
        assert wrong.place == "line 17192"
        assert wrong.reason.startswith("/date_published: is not an RFC 3339 date")

    @pytest.mark.parametrize(
        ("path", "title"),
        [
            (path, title)
            for name, title in (
                ("koi8r.xml", "Первая новость"),
                ("sp_feed-utf16le.xml", "Test feed title 1"),
                ("encoding.rss", "Mãe de utente é a nova presidente da Raríssimas"),
                ("feedrs_rss_1.0_iso8859.xml", "Digitalministerium: Neue Glasfaserförderung mit Schnellkasse"),
            )
            for path in FEEDS
            if path.name == name
        ],
        ids=lambda value: getattr(value, "name", ""),
    )
    def test_encodings_are_understood(path, title):
        first = read(path)[0]
        assert first.item is not None
        assert first.item.title == title
