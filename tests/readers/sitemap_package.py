"""The sitemap package from npm, for tests that are collected only where it is: the schema of sitemaps.org, a parser."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

_CHECKERS = Path(__file__).parents[1] / "checkers"
_PACKAGE = _CHECKERS / "node_modules/sitemap"
_NODE = shutil.which("node")
_PARSE = """
import {Readable} from "node:stream"
import {parseSitemap, parseSitemapIndex} from "sitemap"
const parse = {sitemap: parseSitemap, index: parseSitemapIndex}[process.argv[1]]
const found = await parse(Readable.from([(await process.stdin.toArray()).join("")]))
process.stdout.write(JSON.stringify(found))
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the package, leave out the tests that ask it; where everything must run, say so."""
    if _NODE and _PACKAGE.exists():
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("There is no sitemap package; `npm ci --ignore-scripts` in tests/checkers installs it.")
    items[:] = [
        item for item in items if {"sitemap_schema", "parse_sitemap"}.isdisjoint(getattr(item, "fixturenames", ()))
    ]


@pytest.fixture(scope="session")
def sitemap_schema() -> etree.XMLSchema:
    """The published schema of a sitemap."""
    return etree.XMLSchema(etree.parse(_PACKAGE / "schema/sitemap.xsd"))


@pytest.fixture(scope="session")
def parse_sitemap() -> Callable[[str, bytes], Any]:
    """What the package reads in a document, which is a `sitemap` or an `index`."""

    def read(kind: str, document: bytes) -> Any:
        command = [_NODE, "--input-type=module", "--eval", _PARSE, kind]
        told = subprocess.run(command, cwd=_CHECKERS, input=document, capture_output=True, check=False)
        assert told.returncode == 0, told.stderr.decode()
        return json.loads(told.stdout)

    return read
