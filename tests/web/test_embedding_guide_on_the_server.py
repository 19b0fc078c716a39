"""The examples of docs/embedding.md that no browser reads."""

import re
from pathlib import Path

import pytest
from conftest import Site
from lxml import html

pytestmark = pytest.mark.only("sqlite")  # none of it is the database's doing

GUIDE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")


@pytest.fixture
def news(site: Site) -> Site:
    for number in range(6):
        site.publish(title=f"Headline {number}", tags=["Karabakh"])
    return site


def example(site: Site, kind: str, pattern: str) -> str:
    (block,) = re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)
    found = re.search(pattern, block)
    assert found
    return found[1].replace("https://news.example", site.config.base_url)


def test_what_a_server_includes_is_there(news: Site) -> None:
    response = news.http.get(example(news, "xml", r'src="([^"]+)"'))
    assert [link.text for link in html.fragment_fromstring(response.text).iter("a")] == [
        f"Headline {number}" for number in (5, 4, 3, 2, 1)
    ]


def test_oembed_says_what_the_guide_says(news: Site) -> None:
    answer = news.http.get(example(news, "console", r"curl '([^']+)'")).json()
    shown = re.search(r'\{"version".*', GUIDE)
    assert shown
    for name, value in re.findall(r'"(type|width|height|title)":"?([^",]+)', shown[0]):
        assert str(answer[name]) == value
