"""HEAD requests as fast as they are answered, since wrk and h2load would wait for the body that Content-Length names.

Usage: python bench/heads.py PORT PATH CONNECTIONS SECONDS HEADER… (prints what wrk.lua prints)
"""

import json
import selectors
import socket
import sys
import time

from figures import Spread


def main() -> None:
    port, path, connections, seconds, *fields = sys.argv[1:]
    lines = [f"HEAD {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *fields, "", ""]
    request = "\r\n".join(lines).encode()
    waiting = selectors.EpollSelector()
    for _ in range(int(connections)):
        connection = socket.create_connection(("127.0.0.1", int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection, selectors.EVENT_READ)
    sent = {}
    for key in waiting.get_map().values():
        sent[key.fileobj] = time.perf_counter()
        key.fileobj.send(request)
    began = now = time.perf_counter()
    latencies, errors = [], 0
    while now < began + float(seconds):
        for key, _ in waiting.select(1):
            connection = key.fileobj
            answer = connection.recv(65_536)
            now = time.perf_counter()
            # The fields of one answer fit into one segment; whatever else comes is counted as an error.
            errors += not (answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n"))
            latencies.append(now - sent[connection])
            sent[connection] = now
            connection.send(request)
        now = time.perf_counter()
    spread = Spread(1e6 * latency for latency in latencies)
    found = {"requests": len(latencies), "microseconds": 1e6 * (now - began), "errors": errors}
    print(json.dumps(found | {"p50": spread.percentile(50), "p99": spread.percentile(99)}))


if __name__ == "__main__":
    main()
