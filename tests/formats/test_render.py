import logging
from dataclasses import replace
from threading import Thread

import feedparser
import pytest
from sample_feed import BARE, BASE, FULL, PLAIN, RICH

from feedsvc.feed import Author, Media, Tag
from feedsvc.formats import FORMATS, Format, left_out, render
from feedsvc.formats.tally import Tally

XML = [FORMATS["rss"], FORMATS["atom"]]


def test_the_table_names_each_format_by_its_extension():
    assert {name: (form.name, form.media_type) for name, form in FORMATS.items()} == {
        "rss": ("rss", "application/rss+xml"),
        "atom": ("atom", "application/atom+xml"),
        "json": ("json", "application/feed+json"),
    }


def test_the_content_type_names_the_charset():
    assert [form.content_type for form in FORMATS.values()] == [
        "application/rss+xml; charset=utf-8",
        "application/atom+xml; charset=utf-8",
        "application/feed+json; charset=utf-8",
    ]


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_sound_feed_is_written_once_and_whole(form):
    calls = []

    def count(feed):
        calls.append(feed)
        return form.write(feed)

    before = left_out.value
    assert render(replace(form, write=count), FULL) == form.write(FULL)
    assert calls == [FULL]
    assert left_out.value == before


@pytest.mark.parametrize("form", XML, ids=["rss", "atom"])
@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ufffe", "\uffff", "\ud800"])
@pytest.mark.parametrize("field", ["title", "summary", "body", "url"])
def test_an_entry_with_a_forbidden_character_is_left_out_and_the_others_stay(form, character, field):
    bad = replace(PLAIN, guid="bad", uri="tag:bad,2024:1", **{field: f"x{character}y"})
    feed = replace(FULL, entries=(PLAIN, bad, RICH))
    assert render(form, feed) == form.write(FULL)


@pytest.mark.parametrize("form", XML, ids=["rss", "atom"])
@pytest.mark.parametrize(
    "changes",
    [
        {"authors": (Author("\x01"),)},
        {"tags": (Tag("\x01", "\x01", BASE),)},
        {"image": Media(f"{BASE}/\x01", "image/png")},
        {"attachments": (Media(BASE, "image/png", title="\x01"),)},
    ],
)
def test_a_forbidden_character_anywhere_in_an_entry_costs_only_that_entry(form, changes):
    feed = replace(BARE, entries=(replace(PLAIN, **changes), RICH))
    assert render(form, feed) == form.write(replace(BARE, entries=(RICH,)))


def test_a_lone_surrogate_costs_json_only_its_entry():
    feed = replace(BARE, entries=(replace(PLAIN, title="\ud800"), RICH))
    assert render(FORMATS["json"], feed) == FORMATS["json"].write(replace(BARE, entries=(RICH,)))


def test_each_entry_left_out_is_logged_with_its_reason_and_counted(caplog):
    bad = [replace(PLAIN, guid=f"bad-{n}", title="\x01") for n in range(2)]
    before = left_out.value
    render(FORMATS["rss"], replace(BARE, entries=(bad[0], PLAIN, bad[1])))
    assert left_out.value == before + 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    for record, entry in zip(caplog.records, bad, strict=True):
        assert entry.guid in record.message
        assert "rss" in record.message
        assert "XML compatible" in record.message
        assert record.exc_info


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_feed_of_bad_entries_alone_is_a_valid_empty_feed(form):
    bad = replace(PLAIN, title="\ud800")
    document = render(form, replace(BARE, entries=(bad,)))
    assert document == form.write(replace(BARE, entries=()))
    if form.name != "json":
        assert not feedparser.parse(document).bozo


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_feed_that_fails_by_itself_raises_and_blames_no_entry(form, caplog):
    before = left_out.value
    with pytest.raises(ValueError, match=r"XML compatible|surrogates"):
        render(form, replace(FULL, title="\ud800"))
    assert left_out.value == before
    assert not caplog.records


def test_entries_that_fail_only_together_raise():
    def alone_only(feed):
        if len(feed.entries) > 1:
            raise ValueError("one at a time")
        return b""

    before = left_out.value
    with pytest.raises(ValueError, match="one at a time"):
        render(Format("x", "X", "x/x", alone_only), FULL)
    assert left_out.value == before


def test_a_tally_loses_nothing_when_threads_count_at_once():
    tally = Tally()
    threads = [Thread(target=lambda: [tally.add() for _ in range(2_000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.add(2)
    assert tally.value == 8_002
