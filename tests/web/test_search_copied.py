"""A copy and a backup have the index in them: what is found in one is found in the other, with nobody having served."""

from pathlib import Path

import pytest
from conftest import Site, run_shell
from databases import empty_database
from searching import settle


@pytest.mark.only("sqlite")
def test_a_copy_on_another_database_and_back_and_a_backup_are_searched_at_once(
    site: Site, shell_environment: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    site.publish(id="rain", title="Rain in Qarabağ", content_text="It went on.")
    site.publish(id="snow", title="Snow", content_text="After the rain.")
    settle(site)

    def shell(url: str, *arguments: str) -> str:
        done = run_shell(shell_environment | {"FEEDSVC_DATABASE_URL": url}, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    expected = shell(database_url, "search", "rain")
    assert [line.split("  ")[1] for line in expected.splitlines()] == ["rain", "snow"]
    with empty_database("postgresql", tmp_path) as server:
        shell(database_url, "db", "copy", database_url, server)
        assert shell(server, "search", "rain") == expected
        back = f"sqlite:///{tmp_path}/back.db"
        shell(server, "db", "copy", server, back)
    assert shell(back, "search", "rain") == expected
    shell(database_url, "db", "backup", f"{tmp_path}/backup.db")
    assert shell(f"sqlite:///{tmp_path}/backup.db", "search", "qarabağ") == f"{expected.splitlines()[0]}\n"
