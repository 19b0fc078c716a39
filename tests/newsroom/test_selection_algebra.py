"""The algebra of selections: one canonical name for equal ones and another for different ones, by truth tables."""

import os
from collections.abc import Iterable, Sequence
from itertools import chain, combinations, product
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedsvc.errors import NotFound
from feedsvc.selection import MOST_TAGS, Selection, read_archive, read_selection, select_tags

EXAMPLES = int(os.environ.get("FEEDSVC_TEST_EXAMPLES", "30"))
TAGS = ("a", "b", "c", "d")

Terms = Sequence[Sequence[str]]
Table = frozenset[frozenset[str]]
"""The articles that a selection is of, each by its tags."""


def subsets(tags: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(each) for each in chain.from_iterable(combinations(tags, n) for n in range(len(tags) + 1))]


def table(terms: Iterable[Iterable[str]], tags: Sequence[str] = TAGS) -> Table:
    """The naive evaluation of terms: of all articles that there can be, those that meet one."""
    written = [list(term) for term in terms]

    def meets(article: frozenset[str], term: Sequence[str]) -> bool:
        return all((tag[1:] not in article) if tag.startswith("!") else (tag in article) for tag in term)

    return frozenset(article for article in subsets(tags) if any(meets(article, term) for term in written))


def spelled_out(meant: Table, tags: Sequence[str] = TAGS) -> Terms:
    """The longest way to write a selection: each of its articles, by every tag that it has or lacks."""
    return [[tag if tag in article else f"!{tag}" for tag in tags] for article in meant]


literals = st.builds("{}{}".format, st.sampled_from(["", "!"]), st.sampled_from(TAGS))
expressions = st.lists(st.lists(literals, min_size=1, max_size=4), min_size=1, max_size=6)
some = settings(deadline=None, max_examples=EXAMPLES)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[Terms, str]:
    """Terms, and one of the many ways in which an address can say them."""
    terms = draw(expressions)
    words = st.sampled_from(["{}", " {}", "{} ", "  {} "])
    said = []
    for term in terms:
        again = [*term, *draw(st.lists(st.sampled_from(term), max_size=2))]
        said.append([draw(words).format(_in_some_case(draw, tag)) for tag in draw(st.permutations(again))])
    said += draw(st.lists(st.sampled_from(said), max_size=2))
    # A term that is more particular than another says nothing.
    said += [[*term, draw(literals)] for term in draw(st.lists(st.sampled_from(said), max_size=1))]
    return terms, ",".join("+".join(term) for term in draw(st.permutations(said)))


def _in_some_case(draw: st.DrawFn, tag: str) -> str:
    sign, name = tag[:-1], tag[-1]
    return sign + draw(st.sampled_from([name, name.upper(), f"#{name}", f" {name}"]))


def selected(terms: Terms) -> Selection | None:
    """The selection of terms; None where no article can meet them."""
    try:
        return select_tags(terms)
    except NotFound:
        return None


@some
@given(expressions)
def test_the_canonical_form_means_what_was_written(terms: Terms) -> None:
    meant, selection = table(terms), selected(terms)
    assert (selection is None) == (not meant)
    if selection is not None:
        assert selection.is_whole == (len(meant) == 2 ** len(TAGS))
        assert table(selection.terms or [[]]) == meant


@some
@given(expressions)
def test_a_selection_has_one_name_however_it_is_written(terms: Terms) -> None:
    assert selected(terms) == selected(spelled_out(table(terms)))


def test_different_selections_have_different_names() -> None:
    """Of three tags there are 256 selections: all of them."""
    articles = subsets(TAGS[:3])
    names = set()
    for chosen in product((False, True), repeat=len(articles)):
        meant = frozenset(article for article, is_in in zip(articles, chosen, strict=True) if is_in)
        selection = selected(spelled_out(meant, TAGS[:3]))
        names.add(selection and selection.name)
        assert selection is None or table(selection.terms or [[]], TAGS[:3]) == meant
    assert len(names) == 256


@some
@given(expressions)
def test_nothing_in_the_canonical_form_can_be_left_out_and_all_is_in_order(terms: Terms) -> None:
    selection = selected(terms)
    for number, term in enumerate(selection.terms if selection else ()):
        assert table([term]) <= table(terms)
        for tag in term:
            assert not table([[other for other in term if other != tag]]) <= table(terms)
        assert list(term) == sorted(term, key=lambda tag: (tag.startswith("!"), tag))
        assert len(set(term)) == len(term)
        assert term not in (selection.terms[:number] if selection else ())


@some
@given(spellings())
def test_every_spelling_is_read_as_the_one_name_and_that_as_itself(spelling: tuple[Terms, str]) -> None:
    terms, text = spelling
    # What is written more particularly besides, or twice, changes nothing.
    for prefix, language in (("tags/", ""), ("TAGS/", ""), ("en-gb/tags/", "en-gb"), ("EN_gb/Tags/", "en-gb")):
        try:
            selection = read_selection(f"{prefix}{text}")
        except NotFound:
            assert not table(terms)
            continue
        assert selection == select_tags(terms, language)
        assert read_selection(selection.name) == selection
        assert select_tags(selection.terms or [[]], language) == selection


@some
@given(spellings(), st.sampled_from(["", "az", "en-gb"]))
def test_a_name_is_encoded_once_and_read_again(spelling: tuple[Terms, str], language: str) -> None:
    selection = selected(spelling[0])
    for each in [Selection(selection.tag, language)] if selection else []:
        assert unquote(each.path) == each.name
        assert "%" not in each.path
        assert read_archive(each.name) == (each, None)
        assert read_archive(f"{each.name}/archive-12") == (each, 12)


PIECES = [
    "tags",
    "authors",
    "en",
    "en-GB",
    "az",
    "news-line",
    "most-read",
    "/archive-2",
    "archive-1",
    "/",
    "/",
    "+",
    ",",
    "!",
]
PIECES += ["a", "B", "ğ", "#", " ", "C++", "%2B", "\0", "e\u0301", "ﬁ", "٣", "👩‍👩‍👧", "x" * 101]


@settings(some, max_examples=4 * EXAMPLES)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@example("tags/tags/archive-2")
@example("tags/authors/archive-2")
@example("authors/tags/archive-2")
@example("en/tags/tags/archive-2")
@example("en/tags/archive-2")
@example("tags/archive-2/archive-3")
def test_whatever_is_read_has_a_name_that_is_read_as_itself(text: str) -> None:
    try:
        selection, part = read_archive(text)
    except NotFound:
        return
    assert unquote(selection.path) == selection.name
    assert selection.path.isascii()
    assert read_archive(selection.name) == (selection, None)
    assert read_archive(f"{selection.name}/archive-3") == (selection, 3)
    assert read_archive(selection.name if part is None else f"{selection.name}/archive-{part}") == (selection, part)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a+b", "a+b"),
        ("a,b", "a,b"),
        ("!c", "!c"),
        ("b+a", "a+b"),
        ("b,a", "a,b"),
        ("a,b+c", "a,b+c"),  # and not (a,b)+c
        ("c+b,a", "a,b+c"),
        ("!c+a", "a+!c"),
        ("!c,!b", "!b,!c"),
        ("a+a", "a"),
        ("a,a+b", "a"),
        ("a+b,a+!b", "a"),
        ("a,!a+b", "a,b"),
        ("a+b,!a+c", "a+b,b+c,c+!a"),
        ("a+b,!a+c,b+c", "a+b,b+c,c+!a"),
        ("a+!a,b", "b"),
        ("Great Return + KHANKENDI", "great-return+khankendi"),
        ("#a,# b", "a,b"),
        ("C++", "c-plus-plus"),
        ("c-plus-plus,rust", "c-plus-plus,rust"),
        ("+", "plus"),
        ("++", "plus-plus"),
        ("Yahoo!", "yahoo"),
        ("a/b", "a-b"),
        ("R&D+C#", "c-sharp+r-and-d"),
    ],
)
def test_an_expression_is_written_in_one_way(written: str, name: str) -> None:
    selection = read_selection(f"tags/{written}")
    assert selection.name == f"tags/{name}"
    assert read_selection(selection.name) == selection


def test_what_is_written_of_everything_is_the_news_line() -> None:
    assert read_selection("tags/a,!a") == Selection()
    assert read_selection("az/tags/a,!a") == Selection(language="az")


@pytest.mark.parametrize("name", ["tags/a+!a", "tags/a+!a,b+!b", "az/tags/!a+A"])
def test_what_no_article_can_meet_is_not_found(name: str) -> None:
    with pytest.raises(NotFound, match="with a tag and without it"):
        read_selection(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "tags", "tags/", "authors", "authors/!", "en", "en/", "x/news-line", "en/az/tags/a", "en/most-read"),
        *("en/authors/a", "tags/!", "news-line/x", "e n/tags/a", "tags/,", "nothing"),
    ],
)
def test_what_names_no_selection_is_not_found(name: str) -> None:
    with pytest.raises(NotFound, match="no such selection"):
        read_selection(name)


def test_a_selection_is_of_so_many_tags_and_no_more() -> None:
    tags = [f"t{n}" for n in range(MOST_TAGS)]
    assert read_selection(f"tags/{'+'.join(tags)}").terms == (tuple(tags),)
    assert len(read_selection(f"tags/{','.join(tags)}").terms) == MOST_TAGS
    assert read_selection(f"tags/{'+'.join(tags * 4)}") == read_selection(f"tags/{'+'.join(tags)}")
    for text in ("+".join([*tags, "more"]), ",".join([*tags, "!more"])):
        with pytest.raises(NotFound, match="at most 8 tags"):
            read_selection(f"tags/{text}")
    with pytest.raises(NotFound):
        read_selection(f"tags/{','.join(['a'] * 33)}")


def test_what_takes_too_many_terms_to_write_is_not_found_and_takes_not_long_to_find_out() -> None:
    """If each tag but one of a ring is there whenever the next is, then whenever any other is."""
    tags = [f"t{n}" for n in range(MOST_TAGS)]

    def ring(size: int) -> str:
        return ",".join(f"{one}+!{tags[(n + 1) % size]}" for n, one in enumerate(tags[:size]))

    assert len(read_selection(f"tags/{ring(6)}").terms) == 30
    with pytest.raises(NotFound, match="too complicated"):
        read_selection(f"tags/{ring(7)}")
    hardest = spelled_out(frozenset(each for each in subsets(tags) if len(each) % 3), tags)
    with pytest.raises(NotFound, match="too complicated"):
        select_tags(hardest)
