"""Keys, the log and tags from the shell."""

import json
import re
from contextlib import closing

from inside import feedsvc, output, refusal
from sqlalchemy import select

from feedsvc.keys import is_well_formed
from feedsvc.store.copying import copy
from feedsvc.store.database import Database
from feedsvc.store.schema import TagLabelRow


def test_a_key_is_made_listed_and_revoked(shell_environment):
    token = output(shell_environment, "key", "create", "Night desk", "--scope", "edit", "--expires", "90d").strip()
    assert is_well_formed(token)
    output(shell_environment, "key", "create", "reader", "--scope", "read")
    assert [re.sub(r"\d", "0", line) for line in output(shell_environment, "key", "list").splitlines()] == [
        "Night desk  edit  until 0000-00-00 00:00  never used",
        "reader  read  good  never used",
    ]
    assert output(shell_environment, "key", "revoke", "reader") == "revoked reader\n"
    assert "reader  read  revoked 20" in output(shell_environment, "key", "list")
    assert "There is no key named nobody" in refusal(shell_environment, "key", "revoke", "nobody")
    for wrong in ("90", "x", "0d", "d", "9" * 9 + "d"):
        result = feedsvc(shell_environment, "key", "create", "k", "--scope", "read", "--expires", wrong)
        assert result.exit_code == 2
        assert "is not a time such as 90d, 12h or 30m" in result.stderr


def test_a_key_that_was_used_says_when(shell_environment, make_site):
    token = output(shell_environment, "key", "create", "desk", "--scope", "read").strip()
    site = make_site()
    assert site.get("/api/articles", authorization=f"Bearer {token}").status_code == 200
    site.service.keys.note_uses()
    assert re.search(
        r"desk  read  good  used \d{4}-\d\d-\d\d \d\d:\d\d$", output(shell_environment, "key", "list"), re.MULTILINE
    )


def test_the_log_has_what_was_done_and_who_did_it(shell_environment):
    output(shell_environment, "publish", "-", stdin='{"id": "a", "title": "A", "tags": ["T"]}')
    output(shell_environment, "retract", "a", "--reason", "Not so.")
    assert output(shell_environment, "restore", "a") == "restored http://127.0.0.1:8000/articles/a\n"
    output(shell_environment, "tag", "rename", "T", "U")
    output(shell_environment, "key", "create", "desk", "--scope", "read")
    told = [line[len("2026-11-26 05:00:00  ") :] for line in output(shell_environment, "log").splitlines()]
    assert told == [
        "shell  create  key desk",
        'shell  rename  tag u  {"was": "T", "label": "U"}',
        "shell  restore  article a",
        'shell  retract  article a  {"reason": "Not so."}',
        "shell  publish  article a",
    ]
    assert len(output(shell_environment, "log", "--of", "a").splitlines()) == 3
    assert len(output(shell_environment, "log", "--count", "2").splitlines()) == 2


def test_tags_are_kept_from_the_shell(shell_environment):
    output(shell_environment, "publish", "-", stdin='{"id": "a", "title": "A", "tags": ["T", "V"]}')
    assert output(shell_environment, "tag", "describe", "t", "--title", "All of T") == "done: T\n"
    assert "has 300 characters, more than 200" in refusal(shell_environment, "tag", "rename", "t", "x" * 300)
    output(shell_environment, "tag", "merge", "t", "v")
    assert output(shell_environment, "tags").split()[:2] == ["1", "V"]
    output(shell_environment, "tag", "retire", "V")
    assert output(shell_environment, "tags") == ""
    output(shell_environment, "tag", "restore", "V")
    assert output(shell_environment, "list", "--tag", "T").endswith("  a  A\n")
    assert "There is no tag “x”" in refusal(shell_environment, "tag", "retire", "x")


def test_tags_are_named_in_languages_and_a_copy_has_the_names(shell_environment, tmp_path):
    output(shell_environment, "publish", "-", stdin='{"id": "a", "title": "A", "tags": ["T"], "language": "az"}')
    assert output(shell_environment, "tag", "translate", "t", "AZ", "Mövzu") == "done: T\n"
    for label in ("Тема", ""):
        output(shell_environment, "tag", "translate", "T", "ru", label)
    assert "BCP 47" in refusal(shell_environment, "tag", "translate", "T", "no language", "x")
    assert output(shell_environment, "log", "--of", "t").splitlines()[-1].endswith('tag t  {"labels": {"az": "Mövzu"}}')
    assert json.loads(output(shell_environment, "export"))["tags"] == ["T"]
    source, target = Database(shell_environment["FEEDSVC_DATABASE_URL"]), Database(f"sqlite:///{tmp_path}/copy.db")
    with closing(source), closing(target):
        assert [step.deed for step in copy(source, target)][-1] == "verified"
        with target.read() as connection:
            assert [*connection.execute(select(TagLabelRow.language, TagLabelRow.label))] == [("az", "Mövzu")]


def test_an_article_may_be_drafted_in_a_document(shell_environment):
    draft = '{"id": "d", "title": "D", "_feedsvc": {"status": "draft"}}'
    assert output(shell_environment, "publish", "-", stdin=draft) == "imported \nid d\n"
    assert output(shell_environment, "list") == ""
    assert '"status": "draft"' in feedsvc(shell_environment, "show", "d").stdout
    assert output(shell_environment, "retract", "d") == "retracted d\n"
    assert output(shell_environment, "restore", "d") == "restored d\n"
