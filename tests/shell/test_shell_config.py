"""The settings: where they come from, what is refused, and what is shown of them."""

import re
from pathlib import Path

import pytest
from inside import feedsvc, output, refusal
from pydantic import ValidationError

from feedsvc.config import Config
from feedsvc.errors import ConfigError

DOCUMENTED = Path(__file__).parents[2] / "docs" / "settings.md"


def shown(environment: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What `feedsvc config` says: each setting's value and origin."""
    lines = output(environment, "config").splitlines()
    found = [re.fullmatch(r"(\w+) = (.*)  \((.*)\)", line) for line in lines]
    return {line[1]: (line[2], line[3]) for line in found if line}


def load(**variables: str) -> Config:
    return Config.load({f"FEEDSVC_{name.upper()}": value for name, value in variables.items()})


def toml(tmp_path: Path, text: str) -> str:
    (tmp_path / "feedsvc.toml").write_text(text)
    return str(tmp_path / "feedsvc.toml")


def test_every_setting_is_listed_with_its_value_and_origin(shell_environment, tmp_path):
    name = toml(tmp_path, 'title = "From file"\nmax_age = 60\n')
    found = shown(shell_environment | {"FEEDSVC_CONFIG": name, "FEEDSVC_MAX_AGE": "90"})
    assert list(found) == list(Config.model_fields)
    assert found["title"] == ("'From file'", f"file {name}")
    assert found["max_age"] == ("90", "environment variable FEEDSVC_MAX_AGE")
    assert found["feed_items"] == ("50", "default")
    assert found["base_url"] == ("'http://127.0.0.1:8000'", "derived from host and port")


def test_the_password_of_the_database_is_never_shown(shell_environment):
    url = "postgresql+psycopg://desk:open-sesame@db.example/news"
    told = output(shell_environment | {"FEEDSVC_DATABASE_URL": url, "FEEDSVC_REPLICA_URL": url}, "config")
    assert "open-sesame" not in told
    assert told.count("desk:***@db.example") == 2
    asked = "postgresql://desk@db.example/news?password=open-sesame&passfile=/open-sesame"
    assert "open-sesame" not in output(shell_environment | {"FEEDSVC_DATABASE_URL": asked}, "config")
    wrong = "mysql://desk:open-sesame@db.example/news"
    assert "open-sesame" not in refusal(shell_environment | {"FEEDSVC_DATABASE_URL": wrong}, "config")


def test_the_token_of_purges_is_never_shown(shell_environment):
    environment = shell_environment | {"FEEDSVC_PURGE_TOKEN": "open-sesame"}
    assert shown(environment)["purge_token"] == ("'…'", "environment variable FEEDSVC_PURGE_TOKEN")
    assert "open-sesame" not in repr(Config.load(environment))
    assert shown(shell_environment)["purge_token"] == ("''", "default")
    wrong = {"FEEDSVC_PURGE_URLS": "varnish+http://desk:open-sesame@127.0.0.1:6081"}
    assert "open-sesame" not in refusal(shell_environment | wrong, "config")


def test_fronts_are_told_apart_by_commas_and_blanks():
    config = load(
        purge_urls="varnish+http://a.example:6081/, varnish+http://b.example\twebhook+https://c.example/p?q=1 "
    )
    assert config.purge_urls == "varnish+http://a.example:6081 varnish+http://b.example webhook+https://c.example/p?q=1"
    assert (
        load(purge_urls=" ,varnish+http://a.example,varnish+http://a.example/").purge_urls == "varnish+http://a.example"
    )


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("purge_urls", "http://127.0.0.1:6081", "is not a kind (varnish, fastly, webhook), a plus and an address"),
        ("purge_urls", "squid+http://127.0.0.1:6081", "is not a kind"),
        ("purge_urls", "varnish+127.0.0.1:6081", "is not a kind"),
        ("purge_urls", "webhook+https://c.example/#x", "is not a kind"),
        ("purge_urls", "varnish+http://desk:secret@127.0.0.1:6081", "holds a user or a password"),
        ("database_url", "not a database", "is not a database address"),
        ("database_url", "mysql://h/x", "names mysql"),
        ("database_url", "", "is not a database address"),
        ("replica_url", "mysql://h/x", "names mysql"),
        ("replica_url", "sqlite:///feedsvc.db", "names a file, which has no replicas"),
        ("database_pool", "0", "greater than or equal to 1"),
        ("statement_timeout", "0", "greater than 0"),
        ("base_url", "news.example", "is not an absolute http(s) address"),
        ("base_url", "ftp://news.example", "is not an absolute http(s) address"),
        ("base_url", "https://news.example/?x=1", "is not an absolute http(s) address"),
        ("base_url", "https://news.example/#x", "is not an absolute http(s) address"),
        ("logo", "/logo.png", "is not an absolute http(s) address"),
        ("database_url", "sqlite://", "names no file"),
        ("database_url", "sqlite:///:memory:", "names no file"),
        ("title", "", "at least 1 character"),
        ("title", "two\nlines", "has a line break"),
        ("copyright", "bell\x07", "has a line break, a control character"),
        ("language", "english!", "is not a language tag"),
        ("feed_items", "0", "greater than or equal to 1"),
        ("feed_items", "1001", "less than or equal to 1000"),
        ("feed_items", "many", "valid integer"),
        ("feed_items", "", "valid integer"),
        ("port", "65536", "less than or equal to 65535"),
        ("access_log", "perhaps", "valid boolean"),
        ("hubs", "ftp://hub.example", "is not a list of absolute http(s) addresses without users"),
        ("hubs", "https://hub.example/, https://desk@other.example/", "is not a list of absolute http(s) addresses"),
        ("push_networks", "10.1.0.0/16 10.2.0.0/99", "is not a list of networks such as"),
        ("indexnow_key", "seven", "is not 8 to 128 letters, digits and hyphens"),
        ("api_rate", "often", "is not a rate such as 600 per minute"),
        ("push_shortest_lease", "99999999", "it is longer than 'push_longest_lease' (default)"),
        ("log_level", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable_and_the_reason(shell_environment, setting, value, reason):
    variable = f"FEEDSVC_{setting.upper()}"
    sentence = refusal(shell_environment | {variable: value}, "config")
    assert sentence.startswith(f"Setting '{setting}' (environment variable {variable}): ")
    assert reason in sentence
    assert sentence.endswith(".")


def test_an_unknown_variable_is_named(shell_environment):
    sentence = refusal(shell_environment | {"FEEDSVC_TITEL": "x"}, "list")
    assert sentence == "There is no setting 'titel' (environment variable FEEDSVC_TITEL)."


def test_every_wrong_setting_is_named_at_once(shell_environment):
    sentences = refusal(shell_environment | {"FEEDSVC_TITEL": "x", "FEEDSVC_PORT": "0"}, "list").splitlines()
    assert len(sentences) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = ", "which is not TOML"),
        ("titel = 'x'", "There is no setting 'titel' (file "),
        ("[site]\ntitle = 'x'", "There is no setting 'site' (file "),
        ("title = 5", "Setting 'title' (file "),
        ("feed_items = 'x'", "Setting 'feed_items' (file "),
        ("feed_items = [1]", "Setting 'feed_items' (file "),
        ("access_log = 'perhaps'", "Setting 'access_log' (file "),
    ],
)
def test_a_wrong_file_is_named_with_the_reason(shell_environment, tmp_path, text, reason):
    name = toml(tmp_path, text)
    sentence = refusal(shell_environment | {"FEEDSVC_CONFIG": name}, "config")
    assert reason in sentence
    assert name in sentence


def test_a_file_that_cannot_be_read_is_named(shell_environment, tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    for name, reason in (
        ("none.toml", "cannot be read: No such file"),
        ("", "cannot be read"),
        ("latin.toml", "not TOML"),
    ):
        path = f"{tmp_path}/{name}"
        sentence = refusal(shell_environment | {"FEEDSVC_CONFIG": path}, "config")
        assert sentence.startswith(f"FEEDSVC_CONFIG names {path}, which ")
        assert reason in sentence


def test_an_empty_name_of_a_file_is_no_file(shell_environment):
    assert shown(shell_environment | {"FEEDSVC_CONFIG": ""})["title"] == ("'News Line'", "default")


@pytest.mark.parametrize(
    ("host", "port", "base_url"),
    [
        ("127.0.0.1", "8123", "http://127.0.0.1:8123"),
        ("0.0.0.0", "8000", "http://127.0.0.1:8000"),
        ("::", "8000", "http://127.0.0.1:8000"),
        ("::1", "80", "http://[::1]:80"),
        ("news.example", "8000", "http://news.example:8000"),
    ],
)
def test_without_a_base_url_it_is_where_we_listen(host, port, base_url):
    config = load(host=host, port=port)
    assert config.base_url == base_url
    assert config.origin("base_url") == "derived from host and port"
    assert config.origin("host") == "environment variable FEEDSVC_HOST"


def test_a_logo_may_be_anywhere():
    assert load(logo="https://news.example/ü.png?size=2").logo == "https://news.example/%C3%BC.png?size=2"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://news.example/", "https://news.example"),
        ("https://news.example/sub//", "https://news.example/sub"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_a_base_url_is_canonical(given, kept):
    config = load(base_url=given)
    assert (config.base_url, config.origin("base_url")) == (kept, "environment variable FEEDSVC_BASE_URL")


def test_settings_are_read_in_their_types_and_frozen():
    config = load(access_log="true", feed_items="7", language="EN-gb", logo="")
    assert (config.access_log, config.feed_items, config.language, config.logo) == (True, 7, "en-GB", "")
    with pytest.raises(ValidationError, match="frozen"):
        config.title = "other"


def test_other_variables_are_none_of_our_business():
    assert Config.load({"PATH": "/bin", "FEEDSVCTITLE": "x"}) == Config.load({})
    with pytest.raises(ConfigError):
        Config.load({"FEEDSVC_": "x"})


def test_the_database_is_not_opened_to_show_the_settings(shell_environment, tmp_path):
    file = tmp_path / "elsewhere.db"
    output(shell_environment | {"FEEDSVC_DATABASE_URL": f"sqlite:///{file}"}, "config")
    assert not file.exists()


def test_the_table_of_settings_agrees_with_the_code():
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in DOCUMENTED.read_text("utf-8").splitlines()
        if re.match(r"\| `\w+` \| `FEEDSVC_", line)
    ]
    documented = {row[0].strip("` "): row[1:] for row in rows}
    assert len(documented) == len(rows)
    assert documented == {
        name: [
            f"`FEEDSVC_{name.upper()}`",
            f"`{field.default}`" if field.default != "" else "*empty*",
            field.description,
        ]
        for name, field in Config.model_fields.items()
    }


def test_every_variable_that_the_table_names_is_read():
    for name, field in Config.model_fields.items():
        assert field.description
        assert field.description.endswith(".")
        assert feedsvc({f"FEEDSVC_{name.upper()}": str(field.default)}, "config").exit_code == 0
