"""Ten thousand requests for embeds that nobody in his right mind would send."""

import http.client
import random
import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlencode

import pytest
from conftest import Served
from scrapes import scrape

from feedsvc.config import Config
from feedsvc.item import read_item
from feedsvc.looks import MOST_HEADLINES, THEMES
from feedsvc.newsroom import Newsroom
from feedsvc.pages.templates import Templates

REQUESTS = 10_000
LANGUAGES = Templates(Config.load({})).phrases.languages
PATHS = [
    *("/embed", "/embed/news-line", "/embed/tags/khankendi", "/embed/articles/rain", "/embed/tags/none", "/embed/"),
    *("/headlines/news-line.html", "/headlines/tags/khankendi.json", "/oembed", "/subscribe/news-line", "/embed.js"),
]
KEYS = [
    "count",
    "theme",
    "lang",
    "tag",
    "url",
    "format",
    "maxwidth",
    "maxheight",
    "before",
    "x",
    "",
    "COUNT",
    "co%75nt",
]
MARK = "zq<img/src=x onerror=alert(1)>\"'`-->"
VALUES = [
    *("", "0", "1", "5", "007", "20", "21", "-1", "1e9", "9" * 400, "٣", "１", "NaN", "3.5", "0x10", " 4", "4\n", "\0"),
    *("dark", "DARK", "light", "auto", "pink", "az", "en", "AZ-latn", "ar", "x" * 9_000, "\ud7ff\ufffe", "%", "%zz"),
    *(MARK, f"khankendi{MARK}", f"/articles/{MARK}", "../../etc/passwd", "json", "xml", "yaml", "javascript:alert(1)"),
]


@pytest.fixture
def published(serve: Callable[..., Served], newsroom: Newsroom) -> Served:
    """In a process of its own, where it answers as fast as it can."""
    for number in range(MOST_HEADLINES + 1):
        newsroom.publish(read_item({"title": f"Day {number}", "tags": ["Khankendi"]}))
    newsroom.publish(read_item({"title": "Rain", "_feedsvc": {"slug": "rain"}}))
    return serve()


@pytest.mark.only("sqlite")
def test_none_of_them_fails_or_is_repeated_and_few_are_remembered(published: Served) -> None:
    chance = random.Random(4)
    base = str(published.http.base_url).rstrip("/")
    own = [f"{base}/", f"{base}/articles/rain", f"{base}/tags/{MARK}", f"{base}@evil.example/"]
    statuses: Counter[int] = Counter()
    # Not by httpx, which would take most of the time, and mend what it is given.
    with closing(http.client.HTTPConnection("127.0.0.1", published.http.base_url.port, timeout=30)) as connection:
        for _ in range(REQUESTS):
            pairs = [(chance.choice(KEYS), chance.choice(VALUES + own)) for _ in range(chance.randrange(5))]
            query = urlencode(pairs)
            if chance.random() < 0.2:
                query = re.sub("%[0-9A-F]{2}", lambda escape: chance.choice([escape[0], escape[0].lower(), "%"]), query)
            target = f"{chance.choice(PATHS)}?{query}"
            connection.request("GET", target)
            response = connection.getresponse()
            body = response.read()
            statuses[response.status] += 1
            assert b"<img/src" not in body, target
            assert response.headers.get("Location", base).startswith(base), target
    print(dict(statuses))
    assert set(statuses) == {200, 301, 404, 501}
    told = scrape(published)
    # As many as there are looks of two selections, a card, and what oEmbed can say within six hundred pixels; in truth
    # far fewer.
    looks = MOST_HEADLINES * len(THEMES) * len(LANGUAGES)
    assert 0 < told.total("feedsvc_cache_documents") <= 4 * looks
    assert 0 < told.total("feedsvc_cache_bytes") <= told.total("feedsvc_cache_max_bytes")
