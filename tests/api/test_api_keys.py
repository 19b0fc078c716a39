"""Keys to the API: what they are good for, until when, and what whoever has none is told."""

import logging
import string
import zlib
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from conftest import Site
from desks import Desk

from feedsvc.errors import Conflict, NotFound, Rejected
from feedsvc.keys import is_well_formed

pytest_plugins = ("open_desks",)

ITEM = {"title": "T"}
DRAFT = {"title": "T", "_feedsvc": {"status": "draft"}}
SCHEDULED = {"title": "T", "date_published": "2090-01-01T00:00:00Z", "_feedsvc": {"status": "scheduled"}}


def ask(site: Site, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return site.http.get("/api/articles", headers=headers)


def test_a_token_can_be_told_from_any_other_text(site: Site) -> None:
    tokens = {site.service.keys.create(f"desk {n}", "read") for n in range(20)}
    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    assert len(tokens) == 20
    for token in tokens:
        prefix, body = token[:8], token[8:]
        assert (prefix, len(body)) == ("feedsvc_", 38)
        number = 0
        for digit in body[32:]:
            number = number * 62 + alphabet.index(digit)
        assert number == zlib.crc32(body[:32].encode())  # as docs/api.md tells those who look for leaked ones
        assert is_well_formed(token)
        assert not is_well_formed(token[:-1] + ("0" if token[-1] != "0" else "1"))


def test_a_token_of_another_site_is_well_formed_and_good_for_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    body = "0" * 32
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[digit] + digits
    token = f"feedsvc_{body}{digits}"
    assert is_well_formed(token)
    assert ask(site, f"Bearer {token}").status_code == 401
    assert "There is no key with that token." in caplog.text


def test_the_database_has_no_token(site: Site) -> None:
    token = site.service.keys.create("desk", "read")
    with site.service.database.read() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM api_key").all())
    assert token not in stored
    assert token[8:40] not in stored


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer feedsvc_" + "a" * 38])
def test_whoever_has_no_key_is_told_nothing_more(site: Site, authorization: str | None) -> None:
    refused = ask(site, authorization)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="feedsvc"'
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "Show a key: Authorization: Bearer feedsvc_…"


def test_a_key_ends_when_it_is_revoked_and_when_its_time_is_over(site: Site) -> None:
    kept = site.service.keys
    revoked, over = kept.create("revoked", "read"), kept.create("over", "read", timedelta(microseconds=1))
    assert ask(site, f"Bearer {revoked}").status_code == 200
    kept.revoke("revoked")
    first = ask(site, f"Bearer {revoked}")
    assert first.status_code == 401
    assert ask(site, f"Bearer {over}").json() == first.json()


def test_a_name_is_used_once_and_the_log_has_it(site: Site) -> None:
    kept = site.service.keys
    kept.create("desk", "read")
    with pytest.raises(Conflict, match="There is, or was, a key named desk"):
        kept.create(" desk ", "publish")
    kept.revoke("desk")
    with pytest.raises(Conflict, match="revoked already"):
        kept.revoke("desk")
    with pytest.raises(Conflict):
        kept.create("desk", "read")
    with pytest.raises(NotFound):
        kept.revoke("nobody")
    for name in ("", " ", "x" * 101, "shell", "schedule"):
        with pytest.raises(Rejected):
            kept.create(name, "read")


def test_it_is_known_when_a_key_was_used(site: Site) -> None:
    kept = site.service.keys
    token = kept.create("desk", "read")
    assert kept.all()[0].used_at is None
    ask(site, f"bearer {token}")
    assert kept.all()[0].used_at is None  # nobody waits until it is written down
    kept.note_uses()
    first = kept.all()[0].used_at
    assert first is not None
    kept.note_uses()
    assert kept.all()[0].used_at == first
    ask(site, f"Bearer {token}")
    kept.note_uses()
    assert (kept.all()[0].used_at or first) > first


def test_a_reader_reads_an_editor_drafts_and_a_publisher_publishes(site: Site, open_desk: Callable[..., Desk]) -> None:
    reader, editor, publisher = (open_desk(site, scope) for scope in ("read", "edit", "publish"))

    assert reader.put("a", DRAFT).status_code == 403
    assert editor.put("a", DRAFT).status_code == 201
    assert reader.get("a").status_code == 200
    for write in (
        lambda: editor.put("b", ITEM),
        lambda: editor.put("b", SCHEDULED),
        lambda: editor.put("a", SCHEDULED),
        lambda: editor.patch("a", {"_feedsvc": {"status": "published"}}),
        lambda: editor.put("b", {"_feedsvc": {"status": "retracted"}}),
        lambda: editor.do("publish", "a"),
        lambda: editor.do("schedule", "a", {"date_published": "2090-01-01T00:00:00Z"}),
        lambda: editor.ask("POST", "/import"),
    ):
        refused = write()
        assert refused.status_code == 403, refused.text
    assert editor.do("retract", "a").status_code == 200
    assert editor.do("restore", "a").status_code == 200
    publisher.put("a", SCHEDULED)
    assert editor.patch("a", {"title": "Mine"}).status_code == 403
    assert editor.do("retract", "a").status_code == 403
    publisher.do("publish", "a")
    assert editor.patch("a", {"title": "Mine"}).status_code == 403
    assert editor.ask("DELETE", "/articles/a").status_code == 403
    publisher.do("retract", "a")
    assert editor.do("restore", "a").status_code == 403
    assert publisher.get("a").json()["title"] == "T"


def test_guessing_is_slow_and_told(site: Site, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answers = [ask(site, f"Bearer feedsvc_{n}") for n in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert sum("refused a key from 127.0.0.1" in record.getMessage() for record in caplog.records) == 11
    assert ask(site, None).status_code == 401
    assert desk.ask("GET", "/articles").status_code == 200  # who has a key may stand behind the same proxy
    assert site.get("/feeds/news-line.rss").status_code == 200


def test_a_key_has_a_rate_and_feeds_have_none(make_site: Callable[..., Site], open_desk: Callable[..., Desk]) -> None:
    site = make_site(api_rate="3 per hour")
    one, other = open_desk(site, name="one"), open_desk(site, name="other")
    answers = [one.ask("GET", "/articles") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert answers[-1].json()["detail"] == "Too many requests; wait."
    assert other.ask("GET", "/articles").status_code == 200
    assert {site.get("/feeds/news-line.rss").status_code for _ in range(10)} == {200}
