"""What `serve` does before there is a server; the server itself is in tests/processes."""

import socket
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from inside import output

from feedsvc.cli import main


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


@pytest.mark.parametrize(("options", "articles"), [(["--demo"], 14), ([], 0)])
def test_a_port_that_is_taken_is_a_sentence_and_the_database_is_there_all_the_same(
    taken: int, shell_environment: dict[str, str], options: list[str], articles: int
) -> None:
    result = CliRunner().invoke(main, ["serve", *options, "--port", str(taken)], env=shell_environment)
    assert result.exit_code == 1
    assert result.stderr == f"Error: Nothing can listen on 127.0.0.1 port {taken}: address already in use.\n"
    assert len(output(shell_environment, "list").splitlines()) == articles
