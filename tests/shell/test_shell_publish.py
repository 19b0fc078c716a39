"""`feedsvc publish` and `feedsvc retract`."""

import json
import re
from pathlib import Path

import pytest
from conftest import run_shell
from inside import feedsvc, output, refusal

MARKDOWN = """---
title: Bridge opens & stays
tags: [Karabakh, "#Khankendi"]
language: az
author: A. Reporter
date: 2024-05-12 09:30:00 +0200
summary: It took two years.
image: {url: "https://example.org/bridge.jpg", credit: A. Photographer, alt: The bridge at noon}
---
The bridge was opened **at noon**.
"""


def items(environment: dict[str, str]) -> list[dict]:
    return [json.loads(line) for line in output(environment, "export").splitlines()]


def test_a_json_item_is_published_from_standard_input(shell_environment):
    told = output(shell_environment, "publish", "-", stdin='{"title": "Bridge opens", "content_text": "At noon."}')
    (item,) = items(shell_environment)
    assert told == f"imported http://127.0.0.1:8000/articles/bridge-opens\nid {item['id']}\n"
    assert re.fullmatch(r"tag:127\.0\.0\.1,\d{4}-\d\d-\d\d:article/[0-9a-f-]{36}", item["id"])
    assert item["content_html"] == "<p>At noon.</p>"


@pytest.mark.parametrize("name", ["bridge.md", "bridge.txt", "-"])
def test_markdown_is_published_with_its_front_matter(shell_environment, tmp_path: Path, name):
    (tmp_path / "bridge.md").write_text(MARKDOWN)
    (tmp_path / "bridge.txt").write_text(MARKDOWN)
    argument = name if name == "-" else str(tmp_path / name)
    output(shell_environment, "publish", argument, stdin=MARKDOWN)
    (item,) = items(shell_environment)
    del item["id"]
    assert item == {
        "url": "http://127.0.0.1:8000/articles/bridge-opens-and-stays",
        "title": "Bridge opens & stays",
        "content_html": "<p>The bridge was opened <strong>at noon</strong>.</p>",
        "summary": "It took two years.",
        "image": "https://example.org/bridge.jpg",
        "date_published": "2024-05-12T07:30:00Z",
        "date_modified": "2024-05-12T07:30:00Z",
        "authors": [{"name": "A. Reporter"}],
        "tags": ["Karabakh", "#Khankendi"],
        "language": "az",
        "_feedsvc": {
            "slug": "bridge-opens-and-stays",
            "image": {"credit": "A. Photographer", "alt": "The bridge at noon"},
        },
    }


def test_a_known_id_is_revised_and_an_unchanged_one_left(shell_environment):
    identity = output(shell_environment, "publish", "-", stdin='{"title": "Before"}').split()[-1]
    again = json.dumps({"id": identity, "title": "After"})
    assert output(shell_environment, "publish", "-", stdin=again).startswith("updated http")
    assert output(shell_environment, "publish", "-", stdin=again).startswith("unchanged http")
    assert [item["title"] for item in items(shell_environment)] == ["After"]


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        ('{"title": ""}', "/title: the article has no title"),
        ('{"title": 5}', "/title: input should be a valid string"),
        ('{"title": "x", "language": "english!"}', "/language: is not a language tag such as"),
        (
            '{"title": "x", "date_published": "3024-01-01"}',
            "/date_published: 3024-01-01T00:00:00+00:00 lies in the future",
        ),
        ('{"title": "x", "tags": ["!"]}', "/tags/0: '!' has no letter or digit"),
        (json.dumps({"title": "x" * 1_001}), "/title: has 1,001 characters, more than 1,000"),
        ("{", "it is not JSON"),
        ("", "-: it is empty"),
        ("---\ntitel: x\n---\ny", "the front matter has unknown keys: titel"),
        ("no headline", "/title: the article has no title"),
        ("<?xml version='1.0'?><rss/>", "this is a feed, not an article; use import"),
    ],
)
def test_what_is_refused_is_refused_with_the_reason(shell_environment, article, sentence):
    assert sentence.removeprefix("-") in refusal(shell_environment, "publish", "-", stdin=article)
    assert items(shell_environment) == []


def test_a_file_that_is_not_there_is_named(shell_environment, tmp_path):
    result = feedsvc(shell_environment, "publish", str(tmp_path / "none.md"))
    assert result.exit_code == 2
    assert "none.md" in result.stderr


def test_lone_surrogates_are_taken_out_at_the_json_door(shell_environment):
    article = r'{"id": "a\ud800", "title": "He\udfffadline \ud83d\ude00", "tags": ["\ud800Tag"], "url": "https://a.example/\ud800"}'
    assert output(shell_environment, "publish", "-", stdin=article).endswith("\nid a\n")
    (item,) = items(shell_environment)
    assert (item["id"], item["title"], item["tags"]) == ("a", "Headline 😀", ["Tag"])


def test_lone_surrogates_in_front_matter_do_no_harm(shell_environment):
    article = (
        '---\nid: "a\\uD800"\ntitle: "He\\uDC00adline"\ntags: ["\\uD800T"]\nimage: "https://a.example/\\uD800"\n---\nx'
    )
    result = feedsvc(shell_environment, "publish", "-", stdin=article)
    assert result.exit_code in (0, 1)
    assert [item["title"] for item in items(shell_environment)] == ["Headline"] * (result.exit_code == 0)


def test_a_retraction_is_told_and_cannot_be_told_twice(shell_environment):
    output(shell_environment, "publish", "-", stdin='{"id": "a", "title": "Secret", "content_text": "Secret"}')
    told = output(shell_environment, "retract", "a", "--reason", "Not ours.")
    assert told == "retracted http://127.0.0.1:8000/articles/secret\n"
    assert "The article was retracted already, on 20" in refusal(shell_environment, "retract", "a")
    assert refusal(shell_environment, "retract", "b") == "There is no article with the id b."
    assert "it was retracted on" in refusal(shell_environment, "publish", "-", stdin='{"id": "a", "title": "Back"}')
    shown = json.loads(feedsvc(shell_environment, "show", "a").stdout)
    assert shown["_feedsvc"]["reason"] == "Not ours."


def test_a_true_process_publishes_from_its_standard_input(shell_environment):
    done = run_shell(shell_environment, "publish", "-", stdin='{"id": "ə", "title": "Şuşa"}'.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "imported http://127.0.0.1:8000/articles/%C5%9Fu%C5%9Fa\nid ə\n"


def test_a_true_process_refuses_with_a_sentence(shell_environment):
    done = run_shell(shell_environment, "publish", "-", stdin=b"{}")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"Error: it has no member of a JSON Feed item, such as `id`, `title` or `content_html`\n"
