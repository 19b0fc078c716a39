"""A hostile article in a real browser: its texts stand in the head as they were written, and nothing of them runs."""

from collections.abc import Callable

import pytest
from visits import ENGLISH, Pressroom, Visit

pytest_plugins = ("chromium",)

HOSTILE = "\"><script>window.ran = 1</script></script><img src=x onerror=window.ran=1> ' &amp; \u200f{{ 1 }}"


@pytest.mark.parametrize("scripts", [True, False])
def test_what_machines_read_runs_nothing_and_is_what_was_written(
    visit: Callable[..., Visit], pressroom: Pressroom, scripts: bool
) -> None:
    hostile = {"title": HOSTILE, "summary": HOSTILE, "tags": [HOSTILE], "authors": [{"name": HOSTILE}]}
    picture = {"alt": HOSTILE, "credit": HOSTILE, "width": 1600, "height": 900}
    path = pressroom.publish(
        ENGLISH | hostile | {"date_published": "2024-05-12", "_feedsvc": {"slug": "hostile", "image": picture}}
    )
    reader = visit(java_script_enabled=scripts)
    reader.go(path)

    def content(meta: str) -> str | None:
        return reader.page.locator(f"head > meta[{meta}]").get_attribute("content")

    for meta in (
        'property="og:title"',
        'property="og:description"',
        'property="article:tag"',
        'name="twitter:image:alt"',
    ):
        assert content(meta) == HOSTILE
    assert reader.page.locator("script:not([src])").count() == 1
    assert reader.page.locator("[onerror]").count() == 0
    assert reader.complaints == []
    assert reader.elsewhere() == []
    if scripts:
        read = "JSON.parse(document.querySelector('script:not([src])[type=\"application/ld+json\"]').textContent)"
        data = reader.page.evaluate(read)
        assert {data["headline"], data["description"], *data["keywords"], data["author"][0]["name"]} == {HOSTILE}
        assert reader.page.evaluate("[window.ran ?? 0, violations]") == [0, []]
