"""How languages are named, and how dates, numbers and lists are written in them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from feedsvc.feed import Entry
from feedsvc.languages import canonical_language, direction, locale_for, name_of, ranges
from feedsvc.pages.templates import templates_folder
from feedsvc.typography import (
    FILTERS,
    Phrases,
    by_day,
    format_date,
    format_list,
    format_moment,
    format_number,
    format_time,
    format_weekday,
    iso_date,
)

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

MOMENT = datetime(2024, 5, 12, 11, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("en", "en"),
        (" EN-gb ", "en-GB"),
        ("az_latn_az", "az-Latn-AZ"),
        ("SR-CYRL", "sr-Cyrl"),
        ("es-419", "es-419"),
        ("sl-ROZAJ-biske", "sl-rozaj-biske"),
        ("en-u-ca-gregory", "en-u-ca-gregory"),
        ("en-x-US-Latn", "en-x-us-latn"),
        ("zh-Hant-TW-u-co-zhuyin", "zh-Hant-TW-u-co-zhuyin"),
    ],
)
def test_a_language_is_spelled_as_rfc_5646_advises(tag, canonical):
    assert canonical_language(tag) == canonical


@settings(deadline=None, max_examples=30)
@given(st.from_regex(r"[a-zA-Z]{2,8}([-_][a-zA-Z0-9]{1,8}){0,4}", fullmatch=True))
def test_canonical_is_canonical(tag):
    assert canonical_language(canonical_language(tag)) == canonical_language(tag.swapcase())


@pytest.mark.parametrize(
    "tag", ["en-" + "a" * 58, "", "e", "en--gb", "en gb", "e1", "12", "english!", "abcdefghi", "ар", "en-\u0660\u0661"]
)
def test_what_is_no_language_is_refused(tag):
    with pytest.raises(ValueError, match="BCP 47"):
        canonical_language(tag)


@pytest.mark.parametrize(
    ("tag", "way"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa", "rtl"),
        ("ur", "rtl"),
        ("en", "ltr"),
        ("az-Latn", "ltr"),
        ("qqq-Zzzz", "ltr"),
        ("az-Arab", "rtl"),
        ("az-IR", "rtl"),
        ("ku-Arab-TR", "rtl"),
        ("ar-Latn", "ltr"),
        ("dv", "rtl"),
        ("ar-x-latn", "rtl"),
        *((tag, "rtl") for tag in ("azb", "prs", "pnb", "arz", "ckb", "yi", "ps-AF", "pa-PK", "uz-Arab", "syr", "nqo")),
        *((tag, "ltr") for tag in ("az", "az-AZ", "pa", "pa-IN", "uz", "ku", "ru", "zh-Hant", "und", "qqq", "tlh")),
    ],
)
def test_a_language_is_read_from_one_side(tag, way):
    assert direction(tag) == way


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("en", "English"),
        ("en-GB", "English (United Kingdom)"),
        ("zh-Hant", "中文 (繁體)"),
        ("az", "azərbaycan"),
        ("de-x-private", "Deutsch"),
        ("tlh", "tlh"),
        ("qqq-Zzzz", "qqq-Zzzz"),
    ],
)
def test_a_language_is_called_what_it_calls_itself(tag, name):
    assert name_of(tag) == name


def test_a_language_lies_in_wider_ones():
    assert ranges("zh-Hant-TW") == ("zh-hant-tw", "zh-hant", "zh")
    assert ranges("en-x-US-a-b") == ("en-x-us", "en")


@pytest.mark.parametrize(
    ("tag", "locale"),
    [("en", "en_GB"), ("en-US", "en_US"), ("de-x-private", "de"), ("tlh", "en_GB"), ("az", "az"), ("en-x-us", "en_GB")],
)
def test_a_language_is_written_in_the_nearest_known_way(tag, locale):
    assert str(locale_for(tag)) == locale


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "12 May 2024"),
        ("en-US", "May 12, 2024"),
        ("az", "12 may 2024"),
        ("fa", "۱۲ مهٔ ۲۰۲۴"),
        ("de", "12. Mai 2024"),
    ],
)
def test_a_date_is_written_as_its_readers_do(language, written):
    assert format_date(MOMENT, language) == written
    assert format_date(date(2024, 5, 12), language) == written


def test_times_and_days_are_those_of_utc():
    late = datetime(2024, 5, 12, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert format_date(late, "en") == "11 May 2024"
    assert format_weekday(late, "en") == "Saturday"
    assert format_weekday(date(2024, 5, 12), "en") == "Sunday"
    assert format_time(MOMENT, "en") == "09:30"
    assert format_moment(MOMENT, "en") == "12 May 2024, 09:30"
    assert iso_date(MOMENT) == "2024-05-12T09:30:00Z"


def test_a_moment_and_a_number_are_in_the_digits_of_the_language():
    assert format_number(1239, "en") == "1,239"
    assert format_number(1239, "fa") == "۱٬۲۳۹"
    assert "۰۹:۳۰" in format_moment(MOMENT, "fa") or "۹:۳۰" in format_moment(MOMENT, "fa")


def test_a_list_is_an_enumeration_of_escaped_items():
    assert format_list(["A", "B", "C"], "en") == "A, B and C"
    assert format_list(["<a>", Markup("<b>")], "en") == "&lt;a&gt; and <b>"
    assert format_list([], "en") == ""


def test_a_phrase_is_said_in_the_nearest_language_there_is():
    phrases = Phrases(templates_folder())
    assert phrases.phrase("en-GB", "read", count="<1>") == "Read: &lt;1&gt;"
    assert phrases.phrase("az-Latn", "read", count=1) == "Oxunub: 1"
    assert phrases.phrase("tlh", "read", count=1) == phrases.bound("en")("read", count=1)
    with pytest.raises(KeyError):
        phrases.phrase("en", "no such phrase")
    with pytest.raises(KeyError):
        phrases.phrase("en", "read")


def test_every_language_has_the_phrases_of_english_and_their_values():
    tables = Phrases(templates_folder())._tables
    assert {"en", "az", "ar"} <= set(tables)
    for language, table in tables.items():
        assert set(table) <= set(tables["en"]), language
        assert canonical_language(language) == language
        for key, phrase in table.items():
            assert {*phrase.split("{")[1:]} or "{" not in tables["en"][key], (language, key)


def test_without_phrases_there_are_no_pages(tmp_path):
    with pytest.raises(OSError, match=r"phrases\.toml"):
        Phrases(tmp_path)


def test_entries_stand_under_the_day_they_were_published():
    def entry(number: int, published: datetime) -> Entry:
        return Entry(number, "g", "u", "u", "s", "t", "", "", "en", published, published)

    first, second = entry(2, datetime(2024, 5, 12, 0, 30, tzinfo=UTC)), entry(1, datetime(2024, 5, 11, 23, tzinfo=UTC))
    third = entry(3, datetime(2024, 5, 12, 1, 0, tzinfo=timezone(timedelta(hours=2))))
    assert by_day([first, second, third]) == [(date(2024, 5, 12), [first]), (date(2024, 5, 11), [second, third])]
    assert by_day([]) == []


def test_templates_know_the_filters():
    assert FILTERS["date"](MOMENT, "en") == "12 May 2024"
    assert FILTERS["direction"]("ar") == "rtl"
