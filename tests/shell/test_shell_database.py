"""`feedsvc db`, and what every verb says of a database it cannot use."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from inside import feedsvc, output, refusal

from feedsvc.store import migration
from feedsvc.store.database import Database

HEAD = migration.head()
VERBS = (["list"], ["export"], ["tags"], ["show", "x"], ["retract", "x"], ["publish", "-"], ["import", "-"])


@pytest.fixture
def database_url(empty_database_url):
    return empty_database_url


def store(tmp_path: Path, *statements: str) -> None:
    connection = sqlite3.connect(tmp_path / "feedsvc.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_empty_database_is_brought_to_the_schema(shell_environment):
    assert output(shell_environment, "db", "current") == f"schema none, needed {HEAD}\n"
    assert output(shell_environment, "db", "upgrade") == f"schema {HEAD}, before that none\n"
    assert output(shell_environment, "db", "current") == f"schema {HEAD}, needed {HEAD}\n"
    assert output(shell_environment, "db", "upgrade") == f"schema {HEAD}, as it was\n"


def test_looking_at_the_schema_founds_nothing(shell_environment):
    output(shell_environment, "db", "current")
    assert output(shell_environment, "db", "current") == f"schema none, needed {HEAD}\n"


def test_the_first_verb_founds_an_empty_database(shell_environment):
    assert output(shell_environment, "list") == ""
    assert output(shell_environment, "db", "current") == f"schema {HEAD}, needed {HEAD}\n"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_schema_that_is_not_ours_to_use_is_a_sentence(shell_environment, tmp_path, verb):
    output(shell_environment, "db", "upgrade")
    store(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    item = '{"id": "x", "title": "x"}'
    result = feedsvc(shell_environment, *verb, stdin=item)
    assert result.exit_code == 1
    assert "Error: The database has schema 9999, which this program does not know" in result.stderr


def test_an_older_schema_is_upgraded_when_somebody_says_so(shell_environment):
    with closing(Database(shell_environment["FEEDSVC_DATABASE_URL"])) as database, database.write() as connection:
        command.upgrade(migration._alembic(connection), "0001")
    said = refusal(shell_environment, "list")
    assert said == f"The database has schema 0001, this program needs {HEAD}: run `feedsvc db upgrade`."
    assert output(shell_environment, "db", "upgrade") == f"schema {HEAD}, before that 0001\n"
    assert output(shell_environment, "list") == ""


def test_a_newer_schema_cannot_be_upgraded(shell_environment, tmp_path):
    output(shell_environment, "db", "upgrade")
    store(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    assert output(shell_environment, "db", "current") == f"schema 9999, needed {HEAD}\n"
    assert "9999" in refusal(shell_environment, "db", "upgrade")
    assert output(shell_environment, "db", "current") == f"schema 9999, needed {HEAD}\n"


@pytest.mark.parametrize("verb", [["db", "current"], ["db", "upgrade"], ["list"]], ids=" ".join)
def test_the_tables_of_another_program_are_left_alone(shell_environment, tmp_path, verb):
    store(tmp_path, "CREATE TABLE theirs (id INTEGER)")
    assert "holds tables that are not feedsvc's" in refusal(shell_environment, *verb)


@pytest.mark.parametrize("verb", [["db", "current"], ["db", "upgrade"], ["list"]], ids=" ".join)
def test_a_file_that_is_no_database_is_a_sentence(shell_environment, tmp_path, verb):
    (tmp_path / "feedsvc.db").write_bytes(b"not a database at all, whatever its name says" * 100)
    assert refusal(shell_environment, *verb) == "The database refused: file is not a database"


@pytest.mark.parametrize("path", ["file/feedsvc.db", "file/deep/feedsvc.db", "folder"])
def test_a_place_where_no_database_can_be_is_a_sentence(shell_environment, tmp_path, path):
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder").mkdir()
    environment = shell_environment | {"FEEDSVC_DATABASE_URL": f"sqlite:///{tmp_path}/{path}"}
    assert refusal(environment, "list")


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(shell_environment, driver):
    url = f"{driver}://desk:open-sesame@127.0.0.1:1/feedsvc"
    sentence = refusal(shell_environment | {"FEEDSVC_DATABASE_URL": url}, "list")
    assert sentence.startswith("The database does not answer: ")
    assert "open-sesame" not in sentence


@pytest.mark.parametrize("driver", ["sqlite+nonsense", "postgresql+nonsense", "postgresql+pg8000"])
def test_a_driver_that_is_not_there_is_a_sentence_that_names_the_setting(shell_environment, driver):
    environment = shell_environment | {"FEEDSVC_DATABASE_URL": f"{driver}://h/x"}
    assert "database_url" in refusal(environment, "list")
