"""The help: every verb has a sentence and an example."""

import click
import pytest
from inside import feedsvc, output

from feedsvc import __version__
from feedsvc.cli import main


def verbs(group: click.Group, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    found: dict[tuple[str, ...], click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        verb = group.get_command(context, name)
        assert verb
        found[*path, name] = verb
        if isinstance(verb, click.Group):
            found |= verbs(verb, (*path, name))
    return found


VERBS = verbs(main)


def test_the_verbs_are_those_that_are_promised():
    assert {verb[0] for verb in VERBS} == set(
        "serve publish import export list search show retract restore tags tag key log push hub db config".split()
    )
    assert {("db", "upgrade"), ("db", "current")} <= VERBS.keys()


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_verb_has_help_with_an_example(shell_environment, verb, option):
    text = output(shell_environment, *verb, option)
    assert "Example" in text
    example = text.split("Example")[1]
    assert f"feedsvc {' '.join(verb)}" in example
    assert len(text.splitlines()[2].split()) > 3


def test_every_option_says_what_it_is_for():
    for path, verb in VERBS.items():
        for parameter in verb.params:
            if isinstance(parameter, click.Option) and parameter.name != "help":
                assert parameter.help, (path, parameter.name)


def test_the_command_itself_tells_how_to_begin(shell_environment):
    text = output(shell_environment, "--help")
    for line in ("feedsvc serve --demo", "feedsvc publish article.md", "feedsvc import items.ndjson"):
        assert line in text


def test_help_needs_neither_settings_nor_a_database(tmp_path):
    assert feedsvc({"FEEDSVC_TITEL": "wrong"}, "publish", "--help").exit_code == 0


def test_the_version_is_told(shell_environment):
    assert output(shell_environment, "--version") == f"feedsvc, version {__version__}\n"


@pytest.mark.parametrize("arguments", [["unknown"], ["list", "--unknown"], ["show"], ["db", "unknown"]])
def test_what_is_no_verb_is_a_question_of_usage(shell_environment, arguments):
    result = feedsvc(shell_environment, *arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
