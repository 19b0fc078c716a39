"""The rankings of what is read most: made at every full hour, in some process, with nobody asking for it."""

from datetime import UTC, datetime, timedelta

from feedsvc.newsroom import Newsroom
from feedsvc.rounds import Rounds, Trouble
from feedsvc.store.database import Database

_HOUR = timedelta(hours=1)
# A clock may be set; and whoever had the turn may have died with it.
_LONGEST_PAUSE_SECONDS = 60.0
_TROUBLE = Trouble("what is read most cannot be ranked", 1.0, 1.0)


class Ranking(Rounds):
    """Ranks from `start()` to `stop()`. Of all processes one at a time does so, and an hour
    that another has dealt with is done."""

    def __init__(self, database: Database, newsroom: Newsroom) -> None:
        super().__init__("ranking", self._rank, _TROUBLE)
        self._database = database
        self._newsroom = newsroom

    def _rank(self) -> float:
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        with self._database.turn("ranking") as mine:
            if mine:
                self._newsroom.rank(hour)
        left = (hour + _HOUR - datetime.now(UTC)).total_seconds()
        return min(max(left, 0.0), _LONGEST_PAUSE_SECONDS)
