"""Rounds go on, whatever becomes of one of them."""

import logging
import threading

import pytest

from feedsvc.rounds import Rounds


def test_a_round_that_fails_is_told_and_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    second = threading.Event()
    failures: list[Exception] = [OSError("the disk is full")]

    def work() -> None:
        if failures:
            raise failures.pop()
        second.set()

    rounds = Rounds.every(0.01, "metrics", work)
    rounds.start()
    assert second.wait(30)
    rounds.stop()
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in told] == ["a round of metrics has failed; trying again in 0.0 s at most"]
