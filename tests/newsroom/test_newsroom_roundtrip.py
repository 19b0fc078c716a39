"""What is exported, and that an import of it into an empty database is exported as the same bytes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import accept, exported, fresh_newsroom, head, newsroom_at, on_file, publish

from feedsvc.errors import NotFound
from feedsvc.exporting import export_one

LAST_YEAR = datetime(2025, 1, 1)  # noqa: DTZ001 hypothesis gives it its time zone

NASTY = [
    {"id": "pre", "content_html": "<pre>\n\n\n  keep\n</pre><p>&nbsp;&amp;lt; &#8217;\u00a0 &euro;</p>"},
    {"id": "pres", "content_html": "<pre>" + "\n" * 30 + "x</pre>"},
    {
        "id": "rtl",
        "title": "عودة عظيمة",
        "language": "ar",
        "content_text": "فقرة\n\nأخرى \u200fa",
        "tags": ["عودة", "#عودة"],
    },
    {
        "id": "emoji",
        "title": "👩‍👩‍👧 & <b>",
        "content_text": "👩‍👩‍👧 < & > ' \"\n\n  indented\nfolded",
        "tags": ["👩‍👩‍👧"],
    },
    {"id": "not a uri / é <>", "title": "Ids\u2028are\u0085text", "summary": "\u2028S\u00a0s"},
    {
        "id": "https://paper.example/?a=1&b=2#c",
        "url": "https://paper.example/x/",
        "content_html": '<a href="../ü">ü</a>',
    },
    {"id": "gone", "title": "Secret headline", "content_text": "Secret text", "tags": ["Secret tag"]},
    {"id": "moved", "title": "Where it was"},
    {"id": "same", "title": "Where it was"},
    {"id": "controls", "title": "T\x00\x0b\x7fitle", "content_html": "<p title='&#1;&#xFFFF;'>a&#2;b\x03&#xD800;</p>"},
    {
        "id": "mixed",
        "content_html": "<p>un<b>closed <table><td>foster<p>x<ul><li>a<li>b</ul></table><a href=//x.example>y",
    },
    {"id": "srcset", "content_html": '<img srcset="a.jpg 1x,b.jpg 2x, c,d.jpg 3x" src="a b.jpg">'},
    {"id": "authors", "authors": [{"name": 'A "B" <c>', "url": "mailto:a%20b@c.example"}, {"url": "mailto:@"}]},
    {
        "id": "media",
        "image": "https://x.example/ü.jpg?a=1&b=2",
        "attachments": [{"url": "/a.mp3", "mime_type": "audio/x"}],
    },
    {"id": "dates", "date_published": "1987-02-26T15:01:01.000001-03:30", "date_modified": "2001-01-01"},
    {
        "id": "tombstone",
        "title": "",
        "date_published": "2020-01-01",
        "_feedsvc": {"status": "retracted", "reason": "ø"},
    },
]


def ndjson(items: list[dict]) -> bytes:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()


def imported_again(document: bytes, engine: str) -> bytes:
    """What is exported from a database that knows nothing but `document`."""
    with fresh_newsroom(engine) as copy:
        outcomes = accept(copy, *map(json.loads, document.splitlines()))
        assert {outcome.verdict for outcome in outcomes} <= {"imported"}
        return ndjson(exported(copy))


def test_nasty_articles_come_back_byte_for_byte(engine, newsroom):
    for item in NASTY:
        publish(newsroom, **item)
    publish(newsroom, id="moved", title="Where it was", _feedsvc={"slug": "where-it-is"})
    newsroom.retract("gone", "not ours")
    document = ndjson(exported(newsroom))
    assert len(document.splitlines()) == len(NASTY)
    assert imported_again(document, engine) == document


def test_the_export_of_a_site_imports_unchanged_into_itself(newsroom):
    for item in NASTY:
        publish(newsroom, **item)
    newsroom.retract("gone")
    before, journal = exported(newsroom), head(newsroom)
    assert {outcome.verdict for outcome in accept(newsroom, *before)} == {"unchanged"}
    assert exported(newsroom) == before
    assert head(newsroom) == journal


texts = st.text(st.characters(codec="utf-8"), max_size=40)
PIECES = (
    "<p>,</p>,<b>,</b>,<pre>\n\n,</pre>,<a_href=x>,<a_href=//y.example/ü>,</a>,<table>,<td>,<tr>,<li>,<h1>,<br>,<svg>,<math>,"
    "&amp;lt;,&#1;,&nbsp;,<img_src=a_srcset=b>,<script>,</script>,<!--,-->,<![CDATA[,]]>"
)
markup = st.lists(
    st.one_of(
        texts,
        st.sampled_from(PIECES.replace("_", " ").split(",")),
    ),
    max_size=12,
).map("".join)
items = st.fixed_dictionaries(
    {"title": texts.map(lambda text: f"T{text}")},
    optional={
        "content_html": markup,
        "content_text": texts,
        "summary": texts,
        "url": st.sampled_from(["https://paper.example/a/b", "x", ""]),
        "tags": st.lists(texts.map(lambda text: f"t{text}"), max_size=3),
        "authors": st.lists(
            st.fixed_dictionaries({"name": texts, "url": st.sampled_from(["mailto:a@b.example", "x"])})
        ),
        "date_published": st.datetimes(max_value=LAST_YEAR, timezones=st.just(UTC)).map(str),
        "_feedsvc": st.fixed_dictionaries({"slug": texts.map(lambda text: f"s{text}")}),
    },
)


@pytest.mark.only("sqlite")
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(items, min_size=1, max_size=5))
def test_any_articles_come_back_byte_for_byte(engine, articles):
    assert_they_come_back(engine, articles)


# A database of its own for each example and each copy takes a server longer than the rest of it: so fewer, and fuller.
@pytest.mark.only("postgresql")
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(items, min_size=5, max_size=20))
def test_any_articles_come_back_byte_for_byte_from_a_server(engine, articles):
    assert_they_come_back(engine, articles)


def assert_they_come_back(engine, articles):
    with fresh_newsroom(engine) as newsroom:
        accept(newsroom, *({"id": f"id {n}"} | item for n, item in enumerate(articles)))
        document = ndjson(exported(newsroom))
    assert imported_again(document, engine) == document


def test_of_a_retracted_article_nothing_is_handed_on_but_that_it_was(newsroom):
    publish(
        newsroom,
        id="a",
        title="Secret one",
        content_html="<p>Secret two</p>",
        summary="Secret three",
        tags=["Secret four"],
        authors=[{"name": "Secret five"}],
        image="https://a.example/secret-six.jpg",
        external_url="https://a.example/secret-seven",
        date_published="2024-01-01",
        _feedsvc={"slug": "address"},
    )
    newsroom.retract("a", "Not ours.")
    (item,) = exported(newsroom)
    retracted = item["_feedsvc"].pop("retracted")
    assert datetime.fromisoformat(retracted).tzinfo is UTC
    assert item == {
        "id": "a",
        "content_text": "",
        "date_published": "2024-01-01T00:00:00Z",
        "_feedsvc": {"slug": "address", "status": "retracted", "reason": "Not ours."},
    }


def test_what_is_retracted_can_still_be_shown_to_the_desk(newsroom):
    publish(newsroom, id="a", title="Headline", content_text="Text")
    newsroom.retract("a", "Not ours.")
    shown = on_file(newsroom, "a")
    assert (shown["title"], shown["content_html"]) == ("Headline", "<p>Text</p>")
    assert shown["_feedsvc"]["status"] == "retracted"


def test_an_unknown_article_cannot_be_shown(newsroom):
    with pytest.raises(NotFound, match="no article with the id a"):
        export_one(newsroom._database, newsroom._config, "a")


def test_a_part_can_be_exported(newsroom):
    publish(newsroom, id="a", tags=["A"])
    publish(newsroom, id="b", tags=["A", "B"])
    middle = datetime.now(UTC)
    publish(newsroom, id="c", tags=["B"], date_published="2001-01-01")
    publish(newsroom, id="a", tags=["A"], title="Revised")
    assert [item["id"] for item in exported(newsroom, tag="#a")] == ["a", "b"]
    assert [item["id"] for item in exported(newsroom, since=middle)] == ["a", "c"]
    assert [item["id"] for item in exported(newsroom, tag="B", since=middle)] == ["c"]
    newsroom.retract("b")
    assert [item["id"] for item in exported(newsroom, since=middle)] == ["a", "b", "c"]
    assert [item["id"] for item in exported(newsroom, tag="A")] == ["a"]
    assert exported(newsroom, since=datetime.now(UTC)) == []
    with pytest.raises(NotFound, match="There is no tag “Z”"):
        exported(newsroom, tag="Z")


def test_more_articles_than_are_read_at_once_are_exported_in_order(newsroom):
    accept(newsroom, *({"id": str(n), "title": f"Number {n}"} for n in range(1_203)))
    assert [item["id"] for item in exported(newsroom)] == [str(n) for n in range(1_203)]


def test_the_data_folder_is_made_when_it_is_missing(tmp_path: Path):
    with newsroom_at(f"sqlite:///{tmp_path}/deep/down/feedsvc.db") as newsroom:
        assert exported(newsroom) == []
