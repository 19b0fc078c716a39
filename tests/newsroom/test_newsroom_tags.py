"""Tags: how they are written, when two are one, and what stands under them."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import accept, exported, on_file, publish, reading, tag_counts

from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.errors import NotFound, Rejected
from feedsvc.selection import Selection
from feedsvc.slugs import slugify

LABELS = ["Great Return", "#Khankendi", "Qarabağ", "Şuşa", "İçərişəhər", "عودة عظيمة", "خانه\u200cو باد", "C++", "R&B"]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_is_kept_as_it_was_written(newsroom, label):
    assert on_file(newsroom, publish(newsroom, tags=[label]).guid)["tags"] == [label]
    assert tag_counts(newsroom) == {label: 1}


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("Great Return", "great-return"),
        ("#Khankendi", "khankendi"),
        ("##  Khankendi", "khankendi"),
        ("Qarabağ", "qarabağ"),
        ("Straße", "strasse"),
        ("عودة عظيمة", "عودة-عظيمة"),
        ("خانه\u200cو", "خانه\u200cو"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("R&B", "r-and-b"),
        ("it's", "its"),
        ("a/b.c", "a-b-c"),
        ("soft\u00adhyphen", "softhyphen"),
        ("100% @ home", "100-percent-at-home"),
        ("I ❤ €", "i-❤-€"),
        ("a=b`c^d", "a-b-c-d"),
        ("  ", ""),
        ("…!", ""),
    ],
)
def test_a_slug_is_what_an_address_can_carry(label, slug):
    assert slugify(label) == slug


def test_a_slug_is_cut_at_a_word():
    assert slugify("one two three", 9) == "one-two"
    assert slugify("one two three", 7) == "one-two"
    assert slugify("x" * 30, 9) == "x" * 9


@settings(deadline=None)
@given(st.text())
def test_a_slug_is_its_own_slug(label):
    slug = slugify(label)
    assert slugify(slug) == slug


@settings(deadline=None)
@given(st.text())
def test_all_spellings_of_a_word_have_one_slug(label):
    slug = slugify(label, 10_000)
    for form in ("NFC", "NFD"):
        assert slugify(unicodedata.normalize(form, label), 10_000) == slug
    assert slugify(label.casefold(), 10_000) == slug
    assert slugify(f" {label}\t", 10_000) == slug


@pytest.mark.parametrize(
    "spellings",
    [
        ("Great Return", "great return", "GREAT  RETURN", "Great-Return", "#Great Return"),
        ("Qarabağ", unicodedata.normalize("NFD", "QARABAĞ"), "#qarabağ"),
        ("عودة", "#عودة"),
        ("STRASSE", "Straße"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_one_tag_are_one_tag_and_the_first_label_stays(newsroom, spellings):
    for spelling in spellings:
        publish(newsroom, tags=[spelling])
    publish(newsroom, tags=list(spellings))
    assert tag_counts(newsroom) == {spellings[0]: len(spellings) + 1}
    assert {tuple(item["tags"]) for item in exported(newsroom)} == {(spellings[0],)}
    for spelling in spellings:
        assert len(exported(newsroom, tag=spelling)) == len(spellings) + 1


def test_the_order_of_the_tags_is_kept_and_can_be_changed(newsroom):
    publish(newsroom, id="a", tags=["B", "A", "C"])
    assert on_file(newsroom, "a")["tags"] == ["B", "A", "C"]
    assert publish(newsroom, id="a", tags=["C", "B", "A"]).verdict == "updated"
    assert on_file(newsroom, "a")["tags"] == ["C", "B", "A"]


def test_new_tags_of_one_transaction_are_one_tag(newsroom):
    accept(newsroom, {"id": "a", "tags": ["New"]}, {"id": "b", "tags": ["NEW", "Newer"]})
    assert tag_counts(newsroom) == {"New": 2, "Newer": 1}


def test_tags_leave_and_come_back(newsroom):
    publish(newsroom, id="a", tags=["A", "B"])
    publish(newsroom, id="a", tags=[])
    assert "tags" not in on_file(newsroom, "a")
    assert tag_counts(newsroom) == {}
    assert exported(newsroom, tag="A") == []
    publish(newsroom, id="a", tags=["b"])
    assert tag_counts(newsroom) == {"B": 1}


@pytest.mark.parametrize("label", ["", "  ", "!?", "#", "\x00"])
def test_a_tag_that_no_address_could_carry_is_refused(newsroom, label):
    with pytest.raises(Rejected, match="no letter or digit") as refused:
        publish(newsroom, tags=["A", label])
    assert refused.value.where == "/tags/1"
    assert tag_counts(newsroom) == {}


def test_a_refused_revision_leaves_no_tag_behind(newsroom):
    publish(newsroom, id="a", title="Taken")
    publish(newsroom, id="b")
    with pytest.raises(Rejected):
        publish(newsroom, id="b", tags=["Left behind"], _feedsvc={"slug": "taken"})
    with pytest.raises(NotFound):
        exported(newsroom, tag="Left behind")


def test_the_longest_label_comes_back_unchanged_and_a_longer_one_is_refused(newsroom):
    publish(newsroom, id="a", tags=["it's" * 40 + " " + "words " * 6 + "end", "'" * 197 + "abc"])
    (item,) = exported(newsroom)
    assert [len(tag) for tag in item["tags"]] == [200, 200]
    assert publish(newsroom, **item).verdict == "unchanged"
    with pytest.raises(Rejected, match="has 201 characters, more than 200") as refused:
        publish(newsroom, tags=["x" * 201])
    assert refused.value.where.startswith("/tags")


def test_a_tag_that_nobody_used_is_not_found(newsroom):
    publish(newsroom, tags=["A"])
    with reading(newsroom) as connection:
        catalogue = Catalogue(Config.load({}))
        for unknown in ("B", "", "!"):
            with pytest.raises(NotFound, match="There is no tag"):
                catalogue.canonical(connection, unknown)
        assert catalogue.canonical(connection, "#A") == Selection("a")
