"""What only hostile or careless input shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.config import Config
from feedsvc.errors import ConfigError, Rejected
from feedsvc.item import read_item
from feedsvc.markup import sanitise
from feedsvc.newsroom import Newsroom
from feedsvc.seen import text_of
from feedsvc.slugs import slugify

BASE = "https://paper.example/stories/1"


def test_line_breaks_at_the_head_of_preformatted_text_cost_the_article_nothing() -> None:
    markup = '<img src="/a.png"><pre>' + "\n" * 12 + "code</pre><p>x <b>y</b></p>"
    cleaned = '<img src="https://paper.example/a.png"><pre>code</pre><p>x <b>y</b></p>'
    assert sanitise(markup, BASE) == cleaned


def test_an_image_without_an_address_does_not_become_the_page_itself() -> None:
    assert sanitise('<img src=" " alt="A"><a href="">a</a>', BASE) == '<img alt="A"><a rel="noopener noreferrer">a</a>'


def test_a_derived_base_url_is_an_address_or_a_sentence() -> None:
    assert Config.load({"FEEDSVC_HOST": "::1"}).base_url == "http://[::1]:8000"
    assert Config.load({"FEEDSVC_HOST": "bücher.example"}).base_url == "http://xn--bcher-kva.example:8000"
    with pytest.raises(ConfigError, match=r"'host' \(environment variable FEEDSVC_HOST\): '\[::1\]' is not the name"):
        Config.load({"FEEDSVC_HOST": "[::1]"})


def test_what_would_take_for_ever_to_parse_is_refused_or_quick() -> None:
    with pytest.raises(Rejected, match="nested more than 500 deep"):
        sanitise("<div>" * 100_000, BASE)
    with pytest.raises(Rejected, match="nested more than 500 deep"):
        text_of("<a " * 100_000)
    assert sanitise(f'<img alt="A" srcset="{"," * 100_000}">', BASE) == '<img alt="A">'
    assert sanitise(f'<img alt="A" srcset="{"," * 8_000}">', BASE) == '<img alt="A">'
    assert text_of("<p>a" * 100_000).startswith("a a a")
    assert text_of("<div>" * 400 + "a" + "</div>" * 800 + "<div>" * 400) == "a"


@pytest.mark.parametrize("field", ["tags", "authors", "attachments"])
def test_an_item_with_too_many_of_anything_is_left_out_alone(newsroom: Newsroom, field: str) -> None:
    member = {"tags": "A", "authors": {"name": "A"}, "attachments": {"url": "https://a.example/a.mp3"}}[field]
    items = [
        read_item({"id": "a", "title": "A"}),
        read_item({"id": "b", "title": "B", field: [member] * 101}),
        read_item({"id": "c", "title": "C", field: [member] * 100}),
    ]
    outcomes = newsroom.accept(items)
    assert [outcome.verdict for outcome in outcomes] == ["imported", "rejected", "imported"]
    assert (outcomes[1].where, outcomes[1].reason) == (f"/{field}", "has 101 members, more than 100")


@pytest.mark.only("sqlite")
def test_a_batch_may_name_more_tags_than_a_statement_has_variables(newsroom: Newsroom) -> None:
    items = [
        read_item({"id": f"{n}", "title": "A", "tags": [f"subject {n} {m}" for m in range(100)]}) for n in range(101)
    ]
    assert {outcome.verdict for outcome in newsroom.accept(items)} == {"imported"}
    assert {outcome.verdict for outcome in newsroom.accept(items)} == {"unchanged"}


@pytest.mark.parametrize("label", ["Cafe’\u0301s", "re\xadsume\xad\u0301"])
def test_the_slug_of_a_slug_is_the_same(label: str) -> None:
    assert slugify(slugify(label)) == slugify(label)


@given(st.text(max_size=60))
def test_the_slug_of_any_slug_is_the_same(label: str) -> None:
    assert slugify(slugify(label)) == slugify(label)


def test_a_label_longer_than_any_slug_has_one_all_the_same() -> None:
    assert slugify("word " * 10_000, 100) == slugify("word " * 20, 100)


def test_a_dated_correction_of_what_came_without_a_date_is_taken(newsroom: Newsroom) -> None:
    newsroom.publish(read_item({"id": "a", "title": "A"}))
    dated = read_item({"id": "a", "title": "B", "date_modified": "2024-05-12"})
    assert newsroom.publish(dated).verdict == "updated"
    silent = read_item({"id": "a", "title": "C", "date_modified": "2024-05-12"})
    assert newsroom.publish(silent).verdict == "updated"
    with pytest.raises(Rejected, match="older than what is on file"):
        newsroom.publish(read_item({"id": "a", "title": "D", "date_modified": "2024-05-11"}))


def test_markup_that_a_parser_rearranges_twice_is_stored_as_it_stays() -> None:
    once = sanitise("</ruby><picture> <audio><dt>\n<table><dd>text \n\n<![CDATA[", BASE)
    assert sanitise(once, BASE) == once
    assert "text" in once
