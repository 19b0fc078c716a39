"""`feedsvc export`, `list`, `show` and `tags`."""

import json
from datetime import UTC, datetime

import pytest
from inside import feedsvc, output, refusal


def publish(environment: dict[str, str], **item: object) -> None:
    output(environment, "publish", "-", stdin=json.dumps({"title": "A headline"} | item))


@pytest.fixture
def stocked(shell_environment) -> dict[str, str]:
    """An environment whose database has three articles under two tags."""
    publish(shell_environment, id="a", title="Old ə", tags=["Great Return"], date_published="2024-01-01T10:20:30Z")
    publish(shell_environment, id="b", title="New", tags=["#Şuşa", "great return"], date_published="2024-03-01")
    publish(shell_environment, id="c", title="عودة", date_published="2024-02-01", content_text="\u2028\u0085x")
    return shell_environment


def ids(environment: dict[str, str], *arguments: str) -> list[str]:
    return [json.loads(line)["id"] for line in output(environment, "export", *arguments).split("\n")[:-1]]


def test_every_article_is_one_line_of_json(stocked):
    lines = output(stocked, "export").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["id"] for line in lines] == ["a", "b", "c"]
    assert "Old ə" in lines[0]


def test_an_export_comes_back_as_the_same_bytes(stocked, tmp_path):
    output(stocked, "retract", "b", "--reason", "ø")
    document = output(stocked, "export").encode()
    copy = stocked | {"FEEDSVC_DATABASE_URL": f"sqlite:///{tmp_path}/copy.db"}
    assert output(copy, "import", "-", stdin=document) == "imported 3, updated 0, unchanged 0, rejected 0\n"
    assert output(copy, "export").encode() == document
    assert output(copy, "import", "-", stdin=document) == "imported 0, updated 0, unchanged 3, rejected 0\n"


def test_a_part_is_exported(stocked):
    assert ids(stocked, "--tag", "Great Return") == ["a", "b"]
    assert ids(stocked, "--tag", "#GREAT return") == ["a", "b"]
    assert ids(stocked, "--since", "2024-01-01") == ["a", "b", "c"]
    assert ids(stocked, "--since", datetime.now(UTC).isoformat()) == []
    assert ids(stocked, "--tag", "şuşa", "--since", "2024-01-01T00:00:00+04:00") == ["b"]


@pytest.mark.parametrize("verb", ["export", "list"])
@pytest.mark.parametrize("tag", ["Nobody", "", "!"])
def test_a_tag_that_nobody_used_is_a_sentence(stocked, verb, tag):
    assert refusal(stocked, verb, "--tag", tag).startswith("There is no tag")


@pytest.mark.parametrize("since", ["yesterday", "2024-13-01", "", "0001-01-01T00:00:00+09:00"])
def test_a_date_that_is_none_is_a_sentence(stocked, since):
    result = feedsvc(stocked, "export", "--since", since)
    assert result.exit_code == 2
    assert "Invalid value for '--since'" in result.stderr


def test_a_retracted_article_is_exported_without_its_content(stocked):
    publish(
        stocked, id="d", title="Secret one", content_text="Secret two", tags=["Secret three"], _feedsvc={"slug": "d"}
    )
    output(stocked, "retract", "d", "--reason", "Not ours.")
    line = output(stocked, "export").splitlines()[-1]
    assert "ecret" not in line
    assert json.loads(line)["_feedsvc"]["reason"] == "Not ours."


def test_the_newest_are_listed(stocked):
    assert output(stocked, "list") == (
        "2024-03-01 00:00  b  New\n2024-02-01 00:00  c  عودة\n2024-01-01 10:20  a  Old ə\n"
    )
    assert output(stocked, "list", "--count", "1") == "2024-03-01 00:00  b  New\n"
    assert output(stocked, "list", "--tag", "great-return", "--count", "2").split("\n")[1].endswith("a  Old ə")
    output(stocked, "retract", "b")
    assert "New" not in output(stocked, "list")


@pytest.mark.parametrize("count", ["0", "10001", "x"])
def test_how_many_are_listed_is_bounded(stocked, count):
    assert feedsvc(stocked, "list", "--count", count).exit_code == 2


def test_an_article_is_shown_with_its_reads(stocked):
    result = feedsvc(stocked, "show", "a")
    assert (result.exit_code, result.stderr) == (0, "Read: 0\n")
    assert json.loads(result.stdout)["title"] == "Old ə"
    assert "Old ə" in result.stdout
    assert refusal(stocked, "show", "z") == "There is no article with the id z."


def test_tags_are_listed_with_their_feeds(stocked):
    assert output(stocked, "tags") == (
        "       2  Great Return  http://127.0.0.1:8000/feeds/tags/great-return.rss\n"
        "       1  #Şuşa  http://127.0.0.1:8000/feeds/tags/%C5%9Fu%C5%9Fa.rss\n"
    )
    output(stocked, "retract", "b")
    assert output(stocked, "tags").startswith("       1  Great Return")
    assert "Şuşa" not in output(stocked, "tags")


def test_an_empty_newsroom_has_nothing_to_show(shell_environment):
    for verb in ("export", "list", "tags"):
        assert output(shell_environment, verb) == ""
