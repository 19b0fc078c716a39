"""`feedsvc db copy`: what it does not do, and why."""

import pytest
from copies import at, begin, copied, execute
from holdings import holdings
from inside import feedsvc, output, refusal

pytest_plugins = ("sources_and_targets",)


@pytest.mark.parametrize(
    "spelling", ["{}", "sqlite+pysqlite:///{path}", "sqlite:///{folder}/../{folder_name}/feedsvc.db"]
)
def test_one_database_cannot_be_copied_to_itself(shell_environment, small, tmp_path, spelling):
    path = small.removeprefix("sqlite:///")
    same = spelling.format(small, path=path, folder=tmp_path, folder_name=tmp_path.name)
    assert refusal(shell_environment, "db", "copy", small, same) == "Both addresses are of the same database."


def test_one_database_of_a_server_is_the_same_for_every_user(shell_environment):
    addresses = ("postgresql://one:secret@127.0.0.1:5432/news", "postgresql+psycopg://two@127.0.0.1/news")
    assert refusal(shell_environment, "db", "copy", *addresses) == "Both addresses are of the same database."


def test_a_source_that_is_not_there_is_not_made(shell_environment, tmp_path):
    before = set(tmp_path.iterdir())
    source, target = f"sqlite:///{tmp_path}/no/where.db", f"sqlite:///{tmp_path}/target.db"
    assert refusal(shell_environment, "db", "copy", source, target) == f"There is no database {tmp_path}/no/where.db."
    assert set(tmp_path.iterdir()) == before


def test_a_source_without_anything_in_it_is_a_sentence(shell_environment, postgres, tmp_path):
    (tmp_path / "empty.db").touch()
    for source, target in ((postgres, f"sqlite:///{tmp_path}/target.db"), (f"sqlite:///{tmp_path}/empty.db", postgres)):
        assert "is empty: there is nothing to copy" in refusal(shell_environment, "db", "copy", source, target)
        assert not (tmp_path / "target.db").exists()


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(shell_environment, small, tmp_path):
    away = "postgresql://desk:open-sesame@127.0.0.1:1/feedsvc"
    for addresses in ((small, away), (away, f"sqlite:///{tmp_path}/target.db")):
        sentence = refusal(shell_environment, "db", "copy", *addresses)
        assert sentence.startswith("The database does not answer: ")
        assert "open-sesame" not in sentence


def test_a_database_in_use_is_no_target(shell_environment, small, target):
    output(at(shell_environment, target), "publish", "-", stdin='{"title": "Mine"}')
    before = holdings(target)
    assert "is in use by feedsvc already: a copy needs an empty database." in refusal(
        shell_environment, "db", "copy", small, target
    )
    assert holdings(target) == before


def test_a_finished_copy_is_in_use(shell_environment, small, target):
    copied(shell_environment, small, target)
    assert "is in use by feedsvc already" in refusal(shell_environment, "db", "copy", small, target)


def test_the_tables_of_another_program_are_left_alone(shell_environment, small, target):
    execute(target, "CREATE TABLE theirs (id INTEGER)")
    assert "holds tables that are not feedsvc's" in refusal(shell_environment, "db", "copy", small, target)
    assert "holds tables that are not feedsvc's" in refusal(shell_environment, "db", "copy", target, small)


def test_a_copy_is_gone_on_with_from_its_own_source_only(shell_environment, small, target, tmp_path):
    other = f"sqlite:///{tmp_path}/other.db"
    output(at(shell_environment, other), "list")
    begin(small, target)
    sentence = refusal(shell_environment, "db", "copy", other, target)
    assert f"holds an unfinished copy of {small}: finish that one, or empty it." in sentence


def test_a_copy_that_another_version_began_is_a_sentence(shell_environment, small, target):
    begin(small, target)
    execute(target, "UPDATE alembic_version SET version_num = '0000'")
    assert "holds a copy that another version of feedsvc has begun" in refusal(
        shell_environment, "db", "copy", small, target
    )


def test_a_source_of_another_version_is_a_sentence(shell_environment, small, target):
    execute(small, "UPDATE alembic_version SET version_num = '9999'")
    assert "needs a newer feedsvc" in refusal(shell_environment, "db", "copy", small, target)


@pytest.mark.parametrize("place", ["FROM", "TO"])
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("feedsvc.db", "it is not a database address such as sqlite:///var/feedsvc.db."),
        ("mysql://desk:open-sesame@h/x", "it names mysql, but feedsvc stores in sqlite or postgresql+psycopg."),
        ("sqlite://", "it names no file"),
    ],
)
def test_what_is_no_address_is_a_question_of_usage(shell_environment, tmp_path, place, address, reason):
    other = f"sqlite:///{tmp_path}/other.db"
    before = set(tmp_path.iterdir())
    result = feedsvc(shell_environment, "db", "copy", *([address, other] if place == "FROM" else [other, address]))
    assert result.exit_code == 2
    assert f"Invalid value for '{place}': {reason}" in result.stderr
    assert "open-sesame" not in result.stderr
    assert set(tmp_path.iterdir()) == before
