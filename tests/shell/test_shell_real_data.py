"""Over real documents, where they are at hand; they stand beside the repository and are no part of it."""

import gzip
import json
import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import feedparser
import pytest
from inside import feedsvc, output
from lxml import etree
from programs import run_in_words

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REUTERS = DATA / "reuters.ndjson.gz"
# Of every four, the one by which the only impossible date is among them; or all.
_ALL = bool(os.environ.get("FEEDSVC_TEST_EVERY_DOCUMENT"))
SHARE, TAKEN, REFUSED = (slice(None), 20_840, 738) if _ALL else (slice(3, None, 4), 5_195, 199)
FEEDS = sorted(path for path in (DATA / "feeds").rglob("*") if path.is_file())
FORMATS = ("rss", "atom", "json")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
ATOM = "{http://www.w3.org/2005/Atom}"


def titles_in(document: bytes, kind: str) -> dict[str, str]:
    """The headlines of a feed by id, read as strictly as can be."""
    if kind == "json":
        return {item["id"]: item["title"] for item in json.loads(document)["items"]}
    root = etree.fromstring(document)
    if kind == "rss":
        return {item.findtext("guid", ""): item.findtext("title", "") for item in root.iter("item")}
    return {each.findtext(f"{ATOM}id", ""): each.findtext(f"{ATOM}title", "") for each in root.iter(f"{ATOM}entry")}


def assert_flawless(document: bytes, kind: str) -> None:
    """A feed that no parser complains of, without a character that no feed may have."""
    text = document.decode("utf-8")
    assert not FORBIDDEN.search(text)
    if kind == "json":
        assert not any(FORBIDDEN.search(part) for part in strings(json.loads(text)))
        return
    parsed = feedparser.parse(document)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == {"rss": "rss20", "atom": "atom10"}[kind]
    assert parsed.entries


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [part for key, member in value.items() for part in [key, *strings(member)]]
    if isinstance(value, list):
        return [part for member in value for part in strings(member)]
    return [value] if isinstance(value, str) else []


def apart(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `feedsvc` in a process of its own, where nobody counts the lines that it runs: that takes longer than all
    this work does."""
    # What is meant for the tests is no setting.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    return run_in_words(inherited | environment, *arguments)


def journal_head(environment: dict[str, str]) -> tuple[object, ...]:
    """The number and time of the newest change; nothing can change without it."""
    with closing(sqlite3.connect(environment["FEEDSVC_DATABASE_URL"].removeprefix("sqlite:///"))) as store:
        return store.execute("SELECT seq, at FROM journal_head").fetchone()


# pytest would report an empty parametrisation as a skipped test; without the documents there is to be none.
if REUTERS.exists():

    def read_source(document: Path) -> dict[str, str]:
        """The headlines as they stand in the source, white space folded and without control characters."""
        with gzip.open(document, "rt", encoding="utf-8") as lines:
            items = [json.loads(line) for line in lines]
        return {item["id"]: " ".join(FORBIDDEN.sub("", item.get("title") or "").split()) for item in items}

    def test_all_of_it_is_in_or_explained_once_and_its_feeds_say_what_it_says(tmp_path, make_site):
        # One test, as one worker is to import it once.
        environment = {"FEEDSVC_DATABASE_URL": f"sqlite:///{tmp_path}/reuters.db"}
        document = tmp_path / REUTERS.name
        document.write_bytes(gzip.compress(b"".join(gzip.decompress(REUTERS.read_bytes()).splitlines(True)[SHARE])))
        _is_in_or_explained(apart(environment, "import", str(document)), document)
        source = read_source(document)
        _is_unchanged_by_the_same_import(environment, document, source)
        _has_flawless_feeds(environment, source, make_site)

    def _is_in_or_explained(result, document):
        assert (result.returncode, result.stdout) == (
            0,
            f"imported {TAKEN}, updated 0, unchanged 0, rejected {REFUSED}\n",
        )
        told = [line.removeprefix(f"{document}: ") for line in result.stderr.splitlines()]
        assert [line for line in told if " done, " in line] == [
            f"{n:,} done, up to line {n}" for n in range(5_000, TAKEN + REFUSED + 1, 5_000)
        ]
        reasons = [re.fullmatch(r"line \d+:? (/\w+):? (.*)", line) for line in told if " done, " not in line]
        assert len(reasons) == REFUSED
        assert all(reasons)
        fields = [reason[1] for reason in reasons if reason]
        assert (fields.count("/title"), fields.count("/date_published")) == (REFUSED - 1, 1)

    def _is_unchanged_by_the_same_import(environment, document, source):
        before = journal_head(environment)
        again = apart(environment, "import", str(document))
        assert (again.returncode, again.stdout) == (
            0,
            f"imported 0, updated 0, unchanged {TAKEN}, rejected {REFUSED}\n",
        )
        assert journal_head(environment) == before
        items = [json.loads(line) for line in apart(environment, "export").stdout.splitlines()]
        assert all(item["title"] == source[item["id"]] for item in items)
        assert sum(bool(re.search("[<&]", item["title"])) for item in items) > TAKEN / 20

    def _has_flawless_feeds(environment, source, make_site):
        site = make_site(database_url=environment["FEEDSVC_DATABASE_URL"], feed_items=100)
        counted = [line.split() for line in output(environment, "tags").splitlines()]
        biggest = sorted(counted, key=lambda line: -int(line[0].replace(",", "")))[:10]
        names = ["news-line", *(line[-1].split("/feeds/")[1].removesuffix(".rss") for line in biggest)]
        compared = set()
        for name in names:
            for kind in FORMATS:
                answer = site.get(f"/feeds/{name}.{kind}")
                assert answer.status_code == 200
                assert_flawless(answer.content, kind)
                for guid, title in titles_in(answer.content, kind).items():
                    assert title == source[guid if guid in source else guid.rsplit("/")[-1]]
                    compared |= {title} if re.search("[<&]", title) else set()
        assert len(compared) > 100


if FEEDS:

    @pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
    def test_every_real_document_is_imported_or_refused_with_a_reason(shell_environment, tmp_path, path):
        result = feedsvc(shell_environment, "import", str(path))
        counts = [int(number) for number in re.findall(r"\d+", result.stdout)]
        if result.exit_code:
            assert result.exit_code == 1
            assert f"Error: {path}: " in result.stderr
        if not sum(counts) and not result.exit_code:
            assert not re.search(rb"<(item|entry)\b", path.read_bytes())
        assert len([line for line in result.stderr.splitlines() if not line.startswith("Error: ")]) == counts[3]

        before, document = journal_head(shell_environment), output(shell_environment, "export")
        again = feedsvc(shell_environment, "import", str(path))
        assert again.stdout == f"imported 0, updated 0, unchanged {counts[0]}, rejected {counts[3]}\n"
        assert journal_head(shell_environment) == before
        assert not any(FORBIDDEN.search(part) for line in document.splitlines() for part in strings(json.loads(line)))

        copy = shell_environment | {"FEEDSVC_DATABASE_URL": f"sqlite:///{tmp_path}/copy.db"}
        if document:
            feedsvc(copy, "import", "-", stdin=document)
        assert output(copy, "export") == document

    @pytest.mark.parametrize("count", [len(FEEDS)])
    def test_the_feeds_of_all_real_documents_together_are_flawless(shell_environment, make_site, database_url, count):
        assert apart(shell_environment, "import", *map(str, FEEDS)).stdout.startswith("imported ")
        site = make_site(feed_items=300)
        for kind in FORMATS:
            answer = site.get(f"/feeds/news-line.{kind}")
            assert_flawless(answer.content, kind)
            assert len(titles_in(answer.content, kind)) > count
