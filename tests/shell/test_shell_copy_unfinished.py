"""`feedsvc db copy`: one that is not finished, or went wrong on the way."""

import pytest
from copies import at, begin, copied, execute, running
from holdings import holdings
from inside import feedsvc, output, refusal

from feedsvc.errors import CopyError, DatabaseAway

pytest_plugins = ("sources_and_targets",)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE article SET body = 'something else' WHERE id = 3", "article (3 rows in the source, 3 in the copy)"),
        (
            "UPDATE article SET published_at = '2020-01-01' WHERE id = 2",
            "article (3 rows in the source, 3 in the copy)",
        ),
        ("DELETE FROM touch WHERE seq = 3", "touch (9 rows in the source, 6 in the copy)"),
        ("INSERT INTO retired_slug VALUES ('z', 1)", "retired_slug (0 rows in the source, 1 in the copy)"),
    ],
)
def test_what_was_tampered_with_is_found_and_mended_by_another_run(shell_environment, small, target, statement, told):
    before = holdings(small)
    total = sum(map(len, before.values()))
    with running(small, target) as steps:
        while next(steps).done < total:
            pass
        execute(target, statement)
        with pytest.raises(CopyError) as failure:
            list(steps)
    assert str(failure.value) == f"The copy differs in {told}: run the same again, which will mend it."
    assert "unfinished copy" in refusal(at(shell_environment, target), "list")

    copied(shell_environment, small, target)
    assert holdings(target) == before


@pytest.mark.parametrize("verb", [["serve"], ["list"], ["publish", "-"], ["export"]], ids=" ".join)
def test_nothing_uses_a_copy_before_it_is_finished(shell_environment, small, target, verb):
    begin(small, target)
    sentence = refusal(at(shell_environment, target), *verb, stdin='{"title": "x"}')
    source = small.removeprefix("sqlite:///")
    assert sentence == f"The database is an unfinished copy of sqlite:///{source}: finish it with `feedsvc db copy`."
    copied(shell_environment, small, target)
    assert len(output(at(shell_environment, target), "list").splitlines()) == 3


def test_an_unfinished_copy_is_not_copied(shell_environment, small, target, tmp_path):
    begin(small, target)
    assert "unfinished copy" in refusal(shell_environment, "db", "copy", target, f"sqlite:///{tmp_path}/third.db")


def test_an_unfinished_copy_may_have_its_schema_looked_at_and_upgraded(shell_environment, small, target):
    begin(small, target)
    output(at(shell_environment, target), "db", "current")
    output(at(shell_environment, target), "db", "upgrade")
    copied(shell_environment, small, target)
    assert holdings(target) == holdings(small)


def test_of_two_runs_into_one_database_the_later_goes_on(shell_environment, small, target):
    with running(small, target) as first, running(small, target) as second:
        next(first)
        next(second)
        with pytest.raises(CopyError, match="has taken over"):
            list(first)
        assert [step.deed for step in second][-1] == "verified"
    assert holdings(target) == holdings(small)


def test_a_run_that_was_overtaken_does_not_touch_a_copy_in_use(shell_environment, small, target):
    with running(small, target) as slow:
        next(slow)
        copied(shell_environment, small, target)
        output(at(shell_environment, target), "publish", "-", stdin='{"title": "In use"}')
        with pytest.raises(CopyError, match="has taken over"):
            list(slow)
    assert len(output(at(shell_environment, target), "list").splitlines()) == 4


def test_a_connection_that_is_lost_ends_a_run_and_not_the_copy(shell_environment, source, postgres):
    with running(source, postgres) as steps:
        while next(steps).table != "placement":
            pass
        execute(
            postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()",
        )
        with pytest.raises(DatabaseAway):
            list(steps)
    copied(shell_environment, source, postgres)
    assert holdings(postgres) == holdings(source)


def test_rows_in_the_way_of_what_the_source_has_now_are_a_sentence(shell_environment, small, target):
    with running(small, target) as steps:
        while next(steps).table != "article":
            pass
    # No newsroom does this: an address is never given to another article.
    swap = "UPDATE article SET slug = '{}' WHERE id = {}"
    execute(small, swap.format("x", 1), swap.format("s0", 2), swap.format("s1", 1))
    result = feedsvc(shell_environment, "db", "copy", small, target)
    assert (result.exit_code, result.stdout) == (1, "")
    told = "has rows that are in the way of what the source has now: empty it, and begin again ("
    assert told in result.stderr
    assert "slug" in result.stderr.split(told)[1]


def test_what_postgresql_cannot_hold_is_a_sentence(shell_environment, small, postgres):
    # No newsroom lets this in.
    execute(small, "UPDATE article SET reason = 'x' || char(0) || 'y' WHERE id = 2")
    assert "The database refused: PostgreSQL text fields cannot contain NUL" in (
        feedsvc(shell_environment, "db", "copy", small, postgres).stderr
    )
