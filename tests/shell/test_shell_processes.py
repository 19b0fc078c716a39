"""What only true processes can show: pipes that break, terminals, and kills."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inside import feedsvc, output

COMMAND = [sys.executable, "-m", "feedsvc"]


def lines(count: int) -> list[bytes]:
    items = ({"id": str(n), "title": f"Number {n}", "_feedsvc": {"slug": f"s{n}"}} for n in range(count))
    return [json.dumps(item).encode() + b"\n" for item in items]


def stock(environment: dict[str, str], count: int) -> None:
    assert output(environment, "import", "-", stdin=b"".join(lines(count))).startswith(f"imported {count},")


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: what a person sees, and what a program writes to."""
    seen, written = pty.openpty()
    try:
        yield seen, written
    finally:
        os.close(seen)


def read_terminal(seen: int) -> str:
    """Everything that was written to a terminal until nobody has it open any more."""
    chunks = []
    while True:
        try:
            chunk = os.read(seen, 65_536)
        except OSError:  # Linux: the last writer has closed it
            chunk = b""
        if not chunk:
            return b"".join(chunks).decode()
        chunks.append(chunk)


def test_an_export_may_be_read_only_in_part(shell_environment):
    stock(shell_environment, 800)
    with subprocess.Popen(
        [*COMMAND, "export"], env=shell_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == "0"
        process.stdout.close()
        complaint = process.stderr.read()
    assert (process.returncode, complaint) == (0, b"")


def test_nobody_need_read_what_is_written(shell_environment):
    stock(shell_environment, 3)
    read_end, write_end = os.pipe()
    os.close(read_end)
    with subprocess.Popen(
        [*COMMAND, "list"], env=shell_environment, stdout=write_end, stderr=subprocess.PIPE
    ) as process:
        os.close(write_end)
        assert process.stderr is not None
        complaint = process.stderr.read()
    assert (process.returncode, complaint) == (0, b"")


def test_a_killed_import_keeps_what_it_reported_and_can_be_run_again(shell_environment):
    document = lines(6_000)
    with subprocess.Popen(
        [*COMMAND, "import", "-"], env=shell_environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"".join(document[:5_700]))
        process.stdin.flush()
        assert process.stderr.readline() == b"-: 5,000 done, up to line 5000\n"
        process.kill()
        process.wait()
    kept = [json.loads(line)["id"] for line in output(shell_environment, "export").splitlines()]
    assert 5_000 <= len(kept) < 6_000
    assert len(kept) % 500 == 0
    assert kept == [str(n) for n in range(len(kept))]

    expected = f"imported {6_000 - len(kept)}, updated 0, unchanged {len(kept)}, rejected 0\n"
    again = feedsvc(shell_environment, "import", "-", stdin=b"".join(document))
    assert (again.exit_code, again.stdout) == (0, expected)
    assert len(output(shell_environment, "export").splitlines()) == 6_000


def test_a_terminal_sees_how_far_an_import_is(shell_environment, tmp_path: Path):
    document = tmp_path / "items.ndjson"
    document.write_bytes(b"".join([*lines(1_200), b"wrong\n"]))
    with (
        terminal() as (seen, written),
        subprocess.Popen(
            [*COMMAND, "import", str(document)], env=shell_environment, stdout=subprocess.PIPE, stderr=written
        ) as process,
    ):
        os.close(written)
        shown = read_terminal(seen)
        assert process.stdout is not None
        told = process.stdout.read()
    assert (process.returncode, told) == (0, b"imported 1200, updated 0, unchanged 0, rejected 1\n")
    assert "100%" in shown
    assert f"{document}: line 1201: it is not JSON" in shown


def test_a_terminal_is_told_nothing_wrong_of_an_import_of_unknown_length(shell_environment):
    with (
        terminal() as (seen, written),
        subprocess.Popen(
            [*COMMAND, "import", "-"],
            env=shell_environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
        ) as process,
    ):
        os.close(written)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(lines(3)))
        process.stdin.close()
        shown = read_terminal(seen)
        told = process.stdout.read()
    assert (process.returncode, told) == (0, b"imported 3, updated 0, unchanged 0, rejected 0\n")
    assert "Traceback" not in shown
