"""What an editor finds from the shell is what readers find."""

from inside import feedsvc
from searching import settle


def test_an_editor_finds_what_readers_find(shell_environment, make_site):
    site = make_site()
    dated = {"date_published": "2024-05-12T09:30:00Z"}
    site.publish(id="a", title="Bridges over the river", **dated)
    site.publish(id="b", title="Snow", content_text="A bridge was closed.", **dated)
    settle(site)
    rows = ["2024-05-12 09:30  a  Bridges over the river\n", "2024-05-12 09:30  b  Snow\n"]

    found = feedsvc(shell_environment, "search", "bridge")

    assert (found.exit_code, found.stdout, found.stderr) == (0, "".join(rows), "Found: 2\n")
    assert feedsvc(shell_environment, "search", "bridge", "--count", "1").stdout == rows[0]
    assert feedsvc(shell_environment, "search", '"over the river"').stdout == rows[0]
    assert feedsvc(shell_environment, "search", "desert").stderr == "Found: 0\n"
