"""What partner sites rely on: that the guide's examples work as they stand, and that no script they pinned changes."""

import gzip
import hashlib
import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Site
from elsewhere import SCRIPT, Elsewhere, Reply
from playwright.sync_api import expect
from visits import Visit

from feedsvc.pages.templates import templates_folder

pytest_plugins = ("chromium",)

GUIDE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")
EXAMPLES = re.findall(r"```html\n(.*?)```", GUIDE, re.DOTALL)

# What each release of ours has served as /embed.js. Others have these in their pages: a line is added, never changed.
RELEASED = {
    "0.3.0": "sha384-ZpRZkJYFUKMVIR2vcC+MX831hxE1TtNxTceh0wznz0QkB+UptV4kFL8xCcrlX58z",
}


def integrity(body: bytes) -> str:
    return f"sha384-{b64encode(hashlib.sha384(body).digest()).decode()}"


def fingerprinted(name: str, body: bytes) -> str:
    stem, _, suffix = name.partition(".")
    return f"/assets/{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_guide_shows_headlines(
    news: Site, elsewhere: Elsewhere, visit: Callable[..., Visit], example: str
) -> None:
    elsewhere.replies["/page"] = Reply(
        f"<!doctype html>{example.replace('https://news.example', news.config.base_url)}"
    )
    reader = visit()

    reader.page.goto(f"{elsewhere.base}/page")

    shown = reader.page.frame_locator("iframe") if "<iframe" in example else reader.page
    expect(shown.get_by_role("link", name="Headline 1", exact=True)).to_be_visible()
    assert reader.complaints == []


def test_the_guide_has_examples_and_names_every_attribute_and_property() -> None:
    script = (templates_folder() / "assets" / "embed.js").read_text("utf-8")
    properties = set(re.findall(r"--feedsvc-\w+", script))
    assert len(EXAMPLES) >= 4
    assert properties == set(re.findall(r"^\| `(--feedsvc-\w+)`", GUIDE, re.MULTILINE))


def test_the_script_is_smaller_than_4_kib(site: Site) -> None:
    assert len(gzip.compress(site.get(SCRIPT).content, 6)) < 4096


def test_every_released_script_is_still_served_under_its_fingerprint(site: Site) -> None:
    kept = {}
    for path in (templates_folder() / "assets").glob("embed*.js"):
        response = site.get(fingerprinted(f"embed{path.suffix}", path.read_bytes()))
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        kept[integrity(response.content)] = path.name
    assert set(RELEASED.values()) <= set(kept)


def test_a_kept_script_has_one_fingerprint_and_never_changes(
    make_site: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(templates_folder(), tmp_path / "templates")
    monkeypatch.setattr("feedsvc.pages.templates.templates_folder", lambda: folder)
    address = fingerprinted("embed.js", b"// The one before.")
    (folder / address.removeprefix("/")).write_bytes(b"// The one before.")
    (folder / "assets" / "embed.0123456789ab.js").write_bytes(b"// Not what its name says.")
    site = make_site()

    kept, misnamed = site.get(address), site.get("/assets/embed.0123456789ab.js")

    assert kept.content == b"// The one before."
    assert "immutable" in kept.headers["cache-control"]
    assert "immutable" not in misnamed.headers["cache-control"]
    assert site.get(SCRIPT).content == (folder / "assets" / "embed.js").read_bytes()
