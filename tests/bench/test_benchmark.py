"""The benchmark runs, and its verdict is not kinder than its figures."""

import os
import subprocess
import sys
from pathlib import Path

import document
import pytest
from figures import Spread, rounded_down, rounded_up
from targets import Target, verdict

ROOT = Path(__file__).parent.parent.parent


def test_a_part_starts_a_server_and_prints_a_figure_for_each_coding() -> None:
    run = subprocess.run(
        [sys.executable, "bench", "--quick", "first"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    figures = [line.split("|")[1].strip() for line in run.stdout.splitlines() if line.startswith("|")]
    assert {"identity", "gzip", "br", "zstd"} <= set(figures)


def test_what_is_missing_is_named_before_anything_is_measured() -> None:
    nothing = {**os.environ, "PATH": ""}
    run = subprocess.run(
        [sys.executable, "bench", "--quick"], cwd=ROOT, env=nothing, capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert "apt-get install" in run.stderr
    assert not run.stdout


@pytest.mark.parametrize(
    ("target", "seen", "said"),
    [
        (Target("floor", 0.9, lambda facts: facts["it"], floor=True), 0.89999, "| floor | ≥ 0.9 × | 0.899 × | ✗ |"),
        (Target("floor", 0.9, lambda facts: facts["it"], floor=True), 0.9, "| floor | ≥ 0.9 × | 0.900 × | ✓ |"),
        (Target("roof", 10, lambda facts: facts["it"], unit="ms"), 10.0001, "| roof | ≤ 10 ms | 10.001 ms | ✗ |"),
        (Target("roof", 10, lambda facts: facts["it"], unit="ms"), 10, "| roof | ≤ 10 ms | 10.000 ms | ✓ |"),
    ],
)
def test_what_is_just_missed_is_missed(target: Target, seen: float, said: str) -> None:
    assert "| {} |".format(" | ".join(target.row({"it": seen}))) == said


def test_what_was_not_measured_is_not_held() -> None:
    lines = verdict({}).splitlines()[2:]

    assert lines
    assert all(line.endswith("| not measured | ✗ |") for line in lines)


def test_figures_are_rounded_against_us() -> None:
    assert (rounded_down(1.9999, 2), rounded_up(1.0001, 2)) == ("1.99", "1.01")


def test_the_slowest_hundredth_is_one_that_was_seen() -> None:
    assert Spread(range(1, 201)).percentile(99) == 198
    assert Spread([3.0]).percentile(99) == 3.0


def test_what_is_written_by_hand_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "benchmarks.md"
    file.write_text("By hand.\n<!-- a -->\nold\n<!-- end of a -->\nMore.\n<!-- b -->\n<!-- end of b -->\n", "utf-8")
    monkeypatch.setattr(document, "FILE", file)

    document.write({"a": "new \\1"})

    kept = "By hand.\n<!-- a -->\nnew \\1\n<!-- end of a -->\nMore.\n<!-- b -->\n<!-- end of b -->\n"
    assert file.read_text("utf-8") == kept
    with pytest.raises(KeyError, match="no place for c"):
        document.write({"c": "nowhere"})


def test_the_document_has_a_place_for_every_part() -> None:
    told = subprocess.check_output([sys.executable, "bench", "--help"], cwd=ROOT, text=True)
    parts = told.split("positional arguments:")[1].split("options:")[0].replace("PART", "").replace(",", "").split()

    assert "serving" in parts
    for name in (*parts, "targets"):
        assert f"<!-- {name} -->" in document.FILE.read_text("utf-8")
