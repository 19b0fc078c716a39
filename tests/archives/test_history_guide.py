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
FEED = "/feeds/news-line.atom"


def test_the_program_of_the_guide_has_each_article(
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
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    program: dict[str, Any] = {}
    exec(block.replace("https://news.example", site.config.base_url), program)
    assert set(program["articles"]) == ids(*range(23))
    assert asked == [("news-line.atom", 200), *((f"archive-{n}.atom", 200) for n in (4, 3, 2, 1))]

    def polled() -> list[tuple[str, int]]:
        asked.clear()
        program["poll"](site.config.base_url + FEED)
        return list(asked)

    assert polled() == [("news-line.atom", 304)]
    take_in(site, article(23), article(2, title="Mended"))
    site.retract(guid(7))
    assert polled() == [("news-line.atom", 226)]
    take_in(site, *(article(n) for n in range(24, 60)))
    # Too many to be told as changes: the whole feed, and the archive documents that are new.
    assert polled() == [("news-line.atom", 200), *((f"archive-{n}.atom", 200) for n in range(11, 4, -1))]
    assert set(program["articles"]) == ids(*range(60)) - ids(7)
    assert program["articles"][guid(2)].title == "Mended"
