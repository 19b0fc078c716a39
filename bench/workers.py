"""A connection to each worker of a server: who answers on it is seen from whose socket the other end is."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from servers import Server

_TRIES = 200


@contextmanager
def connections(server: Server, workers: int) -> Iterator[dict[int, HTTPConnection]]:
    """A kept connection to each of the workers, by process. Raises `RuntimeError` when some are not to be reached."""
    found: dict[int, HTTPConnection] = {}
    with ExitStack() as stack:
        for _ in range(_TRIES):
            connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
            stack.callback(connection.close)
            connection.request("GET", "/health")
            connection.getresponse().read()
            found.setdefault(_answering(server, connection.sock), connection)
            if len(found) == workers:
                yield found
                return
    raise RuntimeError(f"Only {len(found)} of {workers} workers answer")


def _answering(server: Server, client: socket.socket) -> int:
    """The process that holds the other end of `client`."""
    inode = _inode(server.port, client.getsockname()[1])
    for pid in server.pids():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if str(handle.readlink()) == f"socket:[{inode}]":
                    return pid
    raise RuntimeError("Nobody holds the other end of a connection")


def _inode(port: int, peer: int) -> str:
    """The socket with this port of ours and that port at the other end (proc_pid_net(5), /proc/net/tcp)."""
    wanted = rf": \w+:{port:04X} \w+:{peer:04X} (?:\S+ +){{6}}(\d+) "
    row = re.search(wanted, Path("/proc/net/tcp").read_text("utf-8"))
    if row is None:
        raise RuntimeError("A connection is not in /proc/net/tcp")
    return row[1]
