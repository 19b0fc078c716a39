"""What has changed of a feed (RFC 3229), with a real cache in front: who asks for it, and who does not."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from conftest import Site, eventually, free_port
from in_front import Program, nginx, varnish
from web_tools import sql

FEED = "/feeds/news-line.json"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site whose feeds a cache keeps for a second, and asks anew about by the copy that it has."""
    site = make_site(trusted_proxies=1, max_age=1, stale_while_revalidate=0)
    site.publish(id="a", title="First")
    # Whoever has an edition of the second in which the site was founded is given the whole feed.
    sql(site, "UPDATE site SET changed_at = '2020-01-01 00:00:00.000000'")
    return site


def titles(answer: httpx.Response) -> list[str]:
    return [item["title"] for item in json.loads(answer.content)["items"]]


def renewed(front: Program, before: str) -> Callable[[], httpx.Response | None]:
    """An answer to somebody who would take a delta and has no copy, once the cache's own is another."""

    def ask() -> httpx.Response | None:
        answer = front.get(FEED, a_im="feed")
        return answer if answer.headers["etag"] != before else None

    return ask


def test_behind_varnish_everybody_gets_what_they_have_asked_for(site: Site, tmp_path: Path) -> None:
    with varnish(tmp_path / "varnish", free_port(), site.config.port) as front:
        old = front.get(FEED).headers["etag"]
        site.publish(id="b", title="Second")
        # A fetch of the cache's own, by the copy that it has, for somebody who has none.
        answer = eventually(renewed(front, old))
        assert (answer.status_code, titles(answer)) == (200, ["Second", "First"])

        delta = front.get(FEED, a_im="feed", if_none_match=old)
        assert (delta.status_code, delta.headers["im"]) == (226, "feed")
        assert "Second" in titles(delta)
        for _ in range(3):
            plain = front.get(FEED, if_none_match=old)
            assert (plain.status_code, titles(plain)) == (200, ["Second", "First"])
        current = front.get(FEED, a_im="feed", if_none_match=delta.headers["etag"])
        assert (current.status_code, current.content) == (304, b"")


def test_behind_nginx_everybody_gets_the_whole_feed(site: Site, tmp_path: Path) -> None:
    with nginx(tmp_path / "nginx", free_port(), site.config.port) as front:
        old = front.get(FEED).headers["etag"]
        site.publish(id="b", title="Second")
        answer = eventually(renewed(front, old))
        assert (answer.status_code, titles(answer)) == (200, ["Second", "First"])
        for asking in ({"a_im": "feed"}, {}):
            whole = front.get(FEED, if_none_match=old, **asking)
            assert (whole.status_code, titles(whole)) == (200, ["Second", "First"])
        assert front.get(FEED, a_im="feed", if_none_match=whole.headers["etag"]).status_code == 304
