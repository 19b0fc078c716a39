"""The program in docs/history.md, run against a site that goes on meanwhile."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Site
from takings import article, guid, ids, take_in
from web_tools import age

GUIDE = Path(__file__).parents[2] / "docs" / "history.md"


def test_the_programs_of_the_guide_have_each_article(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(feed_items=5, feed_hours=0)
    # What is of one second is told together, and in the first the site began.
    take_in(site, *(article(n) for n in range(22)))
    age(site, 60)
    take_in(site, article(22))
    age(site, 60)
    asked: list[tuple[str, int]] = []
    get = httpx.get

    def noted(url: str, **options: Any) -> httpx.Response:
        answer = get(url, **options)
        asked.append((url.rpartition("/")[2], answer.status_code))
        return answer

    monkeypatch.setattr(httpx, "get", noted)
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    everything, changes = (block.replace("https://news.example", site.config.base_url) for block in blocks)
    assert max(len([line for line in block.splitlines() if line]) for block in blocks) <= 10
    known: dict[str, Any] = {}

    def run(program: str) -> list[tuple[str, int]]:
        asked.clear()
        exec(program, known)
        return list(asked)

    assert run(everything) == [("news-line.atom", 200), *((f"archive-{n}.atom", 200) for n in (4, 3, 2, 1))]
    assert set(known["articles"]) == ids(*range(23))
    assert run(changes) == [("news-line.atom", 304)]
    take_in(site, article(23), article(2, title="Mended"))
    site.retract(guid(7))
    assert run(changes) == [("news-line.atom", 226)]
    assert set(known["articles"]) == ids(*range(24)) - ids(7)
    assert known["articles"][guid(2)].title == "Mended"
    take_in(site, *(article(n) for n in range(24, 60)))
    # Too many to be told as changes.
    assert run(changes) == [("news-line.atom", 200)]
    assert known["articles"] == {}
    run(everything)
    assert set(known["articles"]) == ids(*range(60)) - ids(7)
