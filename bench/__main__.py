"""The benchmark: `python bench [--quick] [PART …]`.

Without a part it measures everything and writes docs/benchmarks.md. Parts that are named are only printed, and so is
everything with --quick, which is there to see that it all works: its figures mean nothing.
"""

import argparse
import signal
import sys
import traceback
from collections.abc import Callable

import answering
import depth
import disturbing
import document
import filling
import importing
import mixing
import paging
import publishing
import rendering
import scaling
import serving
import visibility
from machine import require, require_two_cores
from section import Section
from targets import verdict

PARTS: dict[str, Callable[[bool], Section]] = {
    "serving": serving.measure,
    "mix": mixing.measure,
    "workers": scaling.measure,
    "render": rendering.measure,
    "depth": depth.measure,
    "first": answering.measure,
    "publish": publishing.measure,
    "visible": visibility.measure,
    "import": importing.measure,
    "memory": filling.measure,
    "disturbed": disturbing.measure,
    "pages": paging.measure,
}

_FAILED = "*Not measured: it failed.*"


def main() -> None:
    # Ended from outside, it stops its servers as after any failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", metavar="PART", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="two minutes, to see that everything works")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if not asked.parts:
        # Not a quarter of an hour later.
        require("wrk", "h2load", "nginx", "taskset", "chromium")
    if not asked.quick:
        require_two_cores()
    sections, facts = {}, {}
    for name in asked.parts or PARTS:
        print(f"… {name}", file=sys.stderr, flush=True)
        try:
            section = PARTS[name](asked.quick)
        except Exception:
            # The other parts stand on their own; one that failed is said to be not measured.
            traceback.print_exc()
            section = Section(_FAILED, {})
        sections[name] = section.text
        facts |= section.facts
        print(f"## {name}\n\n{section.text}\n", flush=True)
    if not asked.parts:
        sections["targets"] = verdict(facts)
        print(sections["targets"])
        if not asked.quick:
            document.write(sections)
    if _FAILED in sections.values():
        sys.exit(1)


if __name__ == "__main__":
    main()
