"""Part `pages`: an article in a browser on a slow phone, from the question to everything that is seen of it."""

import base64
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import contenders
from articles import new
from figures import Spread, rounded_up, table
from house import House, news_line, settings
from machine import provenance, require
from playwright.sync_api import Browser, sync_playwright
from section import Section

_GIVEN = os.environ.get("FEEDSVC_TEST_CHROMIUM")
_PHONE = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 2.625,
    "is_mobile": True,
    "has_touch": True,
}
_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
_SLOWER = 4
_METHOD = """\
`feedsvc serve` and Chromium {release}, headless, on the same two cores. The browser is throttled by its own protocol to
a phone that is far away: 1.6 Mbit/s down, 750 kbit/s up, 150 ms for each request, the processor {slower} times slower,
a window of 412 × 823. {runs} visits to each page, turn by turn, each with nothing kept from another. The picture has
the size of a photograph, 1,200 × 800 in {picture:,} bytes of JPEG, and comes from another server. FCP is when the first
text is seen, LCP when the largest thing is; CLS is how much has moved by itself (0 is nothing). “Before the paint” is
what had arrived when the first text was seen, compressed, with its header fields: the page, the stylesheet, and the
scripts where they were there by then, for which nothing waits. Median (lowest–highest); of CLS and bytes the
highest."""

_SEEN = """
    () => new Promise((tell) => {
        const seen = {cls: 0};
        new PerformanceObserver((list) => list.getEntries().forEach((it) => {
            if (!it.hadRecentInput) seen.cls += it.value;
        })).observe({type: "layout-shift", buffered: true});
        new PerformanceObserver((list) => {
            seen.lcp = list.getEntries().at(-1).startTime;
            const [fcp] = performance.getEntriesByName("first-contentful-paint");
            const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
            const before = all.filter((it) => it.responseEnd && it.responseEnd <= fcp.startTime);
            seen.fcp = fcp.startTime;
            seen.requests = before.length;
            seen.bytes = before.reduce((sum, it) => sum + it.transferSize, 0);
            tell(seen);
        }).observe({type: "largest-contentful-paint", buffered: true});
    })
"""

_PICTURE = """
    () => {
        // Patches and noise, so that it is compressed as a photograph is.
        const canvas = Object.assign(document.createElement("canvas"), {width: 1200, height: 800});
        const paint = canvas.getContext("2d");
        let seed = 1987;
        const chance = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
        for (let patch = 0; patch < 700; patch++) {
            paint.fillStyle = `hsl(${chance() * 360} 40% ${chance() * 100}% / 0.5)`;
            paint.fillRect(chance() * 1200, chance() * 800, chance() * 200, chance() * 200);
        }
        return canvas.toDataURL("image/jpeg", 0.75).split(",")[1];
    }
"""


class Visit(NamedTuple):
    """What one visit saw: milliseconds since the question, a share of the window, requests and bytes."""

    fcp: float
    lcp: float
    cls: float
    requests: int
    bytes: int


def measure(quick: bool) -> Section:
    """What is seen when of an article without a picture and of one with one."""
    require("taskset", *([] if _GIVEN else ["chromium"]))
    runs = 1 if quick else 9
    with tempfile.TemporaryDirectory() as name, news_line(Path(name)) as house, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-proxy-server"]
        browser = playwright.chromium.launch(executable_path=_chromium(), args=arguments)
        picture = _paint(browser, Path(name))
        with _pictures(picture.parent) as address:
            paths = _publish(house, f"{address}/{picture.name}")
            with contenders.feedsvc(settings(house.config.database_url)) as server:
                seen: dict[str, list[Visit]] = {title: [] for title in paths}
                # The first round is for what only the first request of a process pays.
                for turn in range(runs + 1):
                    for title, path in paths.items():
                        visit = _visit(browser, f"http://127.0.0.1:{server.port}{path}")
                        seen[title] += [visit] if turn else []
        method = _METHOD.format(release=browser.version, slower=_SLOWER, runs=runs, picture=picture.stat().st_size)
        browser.close()
    facts = {f"pages: {title} LCP": Spread(visit.lcp for visit in visits).median for title, visits in seen.items()}
    head = ("an article", "FCP, ms", "LCP, ms", "CLS", "requests before the paint", "bytes before the paint")
    rows = [_row(title, visits) for title, visits in seen.items()]
    return Section("\n\n".join([provenance("pages"), method, table(head, rows)]), facts)


def _chromium() -> str | None:
    return _GIVEN or shutil.which("chromium")


def _paint(browser: Browser, folder: Path) -> Path:
    """A picture in a folder of its own."""
    page = browser.new_page()
    encoded: str = page.evaluate(_PICTURE)
    page.close()
    file = folder / "pictures" / "picture.jpg"
    file.parent.mkdir()
    file.write_bytes(base64.b64decode(encoded))
    return file


@contextmanager
def _pictures(folder: Path) -> Iterator[str]:
    """The address of a server of the files in `folder`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _publish(house: House, picture: str) -> dict[str, str]:
    """The paths of two articles, by what they have."""
    pictures = {"without a picture": None, "with a picture": picture}
    for slug, image in zip(("plain", "pictured"), pictures.values(), strict=True):
        house.publish([new() | {"image": image, "_feedsvc": {"slug": slug}}])
    return dict(zip(pictures, ("/articles/plain", "/articles/pictured"), strict=True))


def _visit(browser: Browser, address: str) -> Visit:
    """Visit an address as nobody has before. Raises `RuntimeError` unless it is answered with 200."""
    context = browser.new_context(**_PHONE)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", _NETWORK)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    response = page.goto(address, wait_until="networkidle")
    if response is None or response.status != 200:
        raise RuntimeError(f"{address} does not answer with a page")
    seen: dict[str, Any] = page.evaluate(_SEEN)
    context.close()
    return Visit(**seen)


def _row(title: str, visits: list[Visit]) -> list[str]:
    return [
        title,
        f"{Spread(visit.fcp for visit in visits):.0f}",
        f"{Spread(visit.lcp for visit in visits):.0f}",
        rounded_up(max(visit.cls for visit in visits), 3),
        f"{Spread(visit.requests for visit in visits):.0f}",
        f"{max(visit.bytes for visit in visits):,}",
    ]
