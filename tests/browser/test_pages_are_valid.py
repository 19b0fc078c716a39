"""Every page and every file it is shown with, judged by the Nu HTML checker: no error, and no warning either."""

import shutil
from collections.abc import Callable
from pathlib import Path

from conftest import client_of
from visits import FRAMES, PAGES, Pressroom

from feedsvc.pages.templates import templates_folder

pytest_plugins = ("chromium", "vnu")

# The checker has to find these: that it is silent about ours would prove nothing otherwise.
WRONG = {
    "wrong.html": '<!doctype html><html lang="en"><title>Wrong</title><section><p>No heading.</p></section></html>',
    "wrong.css": "p { colour: red }",
    "wrong.svg": '<svg xmlns="http://www.w3.org/2000/svg"><rect widht="1"/></svg>',
}
# `feed:` before an address is how browsers hand it to a reader; the checker wants "//", as it does after `http:`.
ACCEPTED = "Bad value “feed:"


def test_the_checker_finds_nothing_to_mend(
    pressroom: Pressroom, judge: Callable[[Path], dict[str, list[str]]], tmp_path: Path
) -> None:
    with client_of(pressroom.base) as client:
        for number, path in enumerate((PAGES | FRAMES).values()):
            (tmp_path / f"{number}.html").write_bytes(client.get(path).content)
    for suffix in ("css", "svg"):
        for file in (templates_folder() / "assets").glob(f"*.{suffix}"):
            shutil.copy(file, tmp_path)
    for name, content in WRONG.items():
        (tmp_path / name).write_text(content, "utf-8")

    found = judge(tmp_path)

    assert WRONG.keys() - found.keys() == set()
    ours = {
        name: [it for it in messages if ACCEPTED not in it] for name, messages in found.items() if name not in WRONG
    }
    assert {name: messages for name, messages in ours.items() if messages} == {}
