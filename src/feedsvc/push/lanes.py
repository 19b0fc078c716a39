"""Lanes: how many callbacks may be asked at once, in all and on one host, so that the slow hold up nobody else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Lane: TypeAlias = Literal["quick", "slow", "verify"]
_SHARES: dict[Lane, int] = {"quick": 2, "slow": 4, "verify": 4}


@dataclass(slots=True)
class Flight:
    """One callback that is being asked."""

    host: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class Room:
    """How many more callbacks may be asked at one moment: in each lane, and on each host that is being asked."""

    lanes: Mapping[Lane, int]
    hosts: Mapping[str, int]
    any_host: int

    @property
    def full_hosts(self) -> list[str]:
        """The hosts on which no more may be asked."""
        return [host for host, room in self.hosts.items() if room <= 0]

    def on(self, host: str) -> int:
        """How many more may be asked on a host."""
        return self.hosts.get(host, self.any_host)


class Lanes:
    """The bounds of one dispatcher: of `connections`, half are for callbacks that were quick the last time, a quarter
    for those that were not, and a quarter for verifications; of any, `host_connections` on one host at most.

    For one thread; what it gives as `room()` is for any.
    """

    def __init__(self, connections: int, host_connections: int) -> None:
        self._bounds = {lane: max(1, connections // share) for lane, share in _SHARES.items()}
        self._host_connections = host_connections
        self._hosts: Counter[str] = Counter()
        self._flights: Counter[Lane] = Counter()

    def room(self) -> Room:
        """How many more may be asked now."""
        lanes = {lane: bound - self._flights[lane] for lane, bound in self._bounds.items()}
        hosts = {host: self._host_connections - flights for host, flights in self._hosts.items()}
        return Room(lanes, hosts, self._host_connections)

    def enter(self, host: str, lane: Lane) -> Flight:
        """Begin to ask."""
        self._hosts[host] += 1
        self._flights[lane] += 1
        return Flight(host, lane)

    def slow_down(self, flight: Flight) -> None:
        """Note that one takes its time: it makes room for the quick, if there is room among the slow."""
        if flight.lane == "quick" and self._flights["slow"] < self._bounds["slow"]:
            self._flights["quick"] -= 1
            self._flights["slow"] += 1
            flight.lane = "slow"

    def leave(self, flight: Flight) -> None:
        """End, with an answer or without."""
        self._flights[flight.lane] -= 1
        self._hosts[flight.host] -= 1
        if not self._hosts[flight.host]:
            del self._hosts[flight.host]
