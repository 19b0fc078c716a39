"""What is scheduled is published at its time, by itself, once and in every process; and what expires is taken out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import pytest
from clients import Answer, access_log, ask_afresh, workers
from conftest import Served, eventually
from databases import run_sql
from editors import UNBOUNDED, Editor, Follower, address, kill, make_key

from feedsvc.text import rfc3339

SETTINGS = {"base_url": "https://news.example"} | UNBOUNDED
FEEDS = tuple(f"/feeds/{line}.{form}" for line in ("news-line", "tags/karabakh") for form in ("rss", "atom", "json"))
PAGE = "/articles/bridge"
ITEM = {"id": "bridge", "title": "Bridge opens", "content_text": "At noon.", "tags": ["Karabakh"]}


@pytest.fixture
def token(shell_environment: dict[str, str]) -> str:
    return make_key(shell_environment)


@pytest.fixture
def served(serve: Callable[..., Served], token: str) -> Served:
    """A server of two workers that both have the feeds of other articles in memory."""
    served = serve("--workers", "2", "--access-log", **SETTINGS)
    assert Editor(served, token).ask("POST", "articles", ITEM | {"id": "road", "title": "Road opens"}).status == 201
    return served


def in_a_moment() -> datetime:
    """Soon, and late enough for a busy machine to show what is before."""
    return datetime.now(UTC) + timedelta(seconds=6)


def scheduled(moment: datetime, guid: str = "bridge") -> dict[str, Any]:
    """An article that is to publish itself."""
    told = {"status": "scheduled", "slug": guid}
    return ITEM | {"id": guid, "date_published": rfc3339(moment), "_feedsvc": told}


def of_each_worker(served: Served, path: str, **headers: str) -> dict[int, Answer]:
    """What each worker answers, by its process id."""
    answers: dict[str, Answer] = {}

    def told() -> dict[int, Answer] | None:
        for _ in range(8):
            name = uuid4().hex
            answers[name] = ask_afresh(served, path, x_request_id=name, **headers)
        by = {line["pid"]: answers[name] for line in access_log(served) if (name := line["request_id"]) in answers}
        return by if set(by) == workers(served) else None

    found: dict[int, Answer] = eventually(told)
    assert len(found) == 2
    return found


def everywhere(served: Served, path: str, holds: Callable[[Answer], bool]) -> bool:
    """Whether something holds for what each worker answers."""
    return all(holds(answer) for answer in of_each_worker(served, path).values())


def shows(answer: Answer, headline: str = "Bridge opens") -> bool:
    return headline.encode() in answer.body


def changes(database_url: str, guid: str) -> list[tuple[str, datetime]]:
    """The kinds and times of the journal's rows on an article, read without asking the server."""
    told = "SELECT kind, at FROM journal JOIN article ON article.id = journal.article_id"
    rows = run_sql(database_url, f"{told} WHERE guid = '{guid}' ORDER BY seq")
    return [(kind, at_utc(at)) for kind, at in rows]


def at_utc(at: str | datetime) -> datetime:
    """A time as either database gives it."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def assert_published(served: Served, token: str, database_url: str, moment: datetime) -> None:
    """Every worker shows what was scheduled for a moment, as of that moment; one journal row tells of it."""
    for path in (*FEEDS, PAGE):
        eventually(lambda path=path: everywhere(served, path, shows))
        for answer in of_each_worker(served, path).values():
            assert answer.status == 200
            assert parsedate_to_datetime(answer.headers["Last-Modified"]) >= moment.replace(microsecond=0)
    print(f"shown everywhere at most {(datetime.now(UTC) - moment).total_seconds():.2f} s after its time")
    for answer in of_each_worker(served, "/feeds/news-line.json").values():
        assert json.loads(answer.body)["items"][0]["date_published"] == rfc3339(moment)
    for answer in of_each_worker(served, "/api/journal", authorization=f"Bearer {token}").values():
        told = [row["kind"] for row in json.loads(answer.body)["changes"] if row.get("id") == "bridge"]
        assert told == ["publish"]
    ((kind, at),) = changes(database_url, "bridge")
    assert kind == "publish"
    assert at >= moment
    print(f"committed {(at - moment).total_seconds():.3f} s after its time")
    item = Editor(served, token).ask("GET", address("bridge")).body
    assert (item["date_published"], item["_feedsvc"]["status"]) == (rfc3339(moment), "published")


def test_an_article_is_published_at_its_time_with_nobody_asking(served: Served, token: str, database_url: str) -> None:
    for path in FEEDS:
        assert everywhere(served, path, lambda answer: shows(answer, "Road opens"))
    moment = in_a_moment()
    assert Editor(served, token).ask("POST", "articles", scheduled(moment)).status == 201
    before = [(path, ask_afresh(served, path)) for path in (PAGE, *FEEDS)]
    assert datetime.now(UTC) < moment, "the machine is too slow to see what is before"
    assert before[0][1].status == 404
    assert not any(shows(answer) for _, answer in before)

    eventually(lambda: changes(database_url, "bridge"))

    assert_published(served, token, database_url, moment)


def test_what_came_due_while_nobody_served_is_published_at_the_start(
    serve: Callable[..., Served], served: Served, token: str, database_url: str
) -> None:
    moment = in_a_moment()
    assert Editor(served, token).ask("POST", "articles", scheduled(moment)).status == 201
    kill(served, database_url)
    assert changes(database_url, "bridge") == []
    eventually(lambda: datetime.now(UTC) > moment)

    again = serve("--workers", "2", "--access-log", **SETTINGS)

    eventually(lambda: changes(database_url, "bridge"))
    assert_published(again, token, database_url, moment)


def test_many_that_come_due_at_once_are_each_published_once(served: Served, token: str, database_url: str) -> None:
    editor, guids = Editor(served, token), {f"bridge-{n}" for n in range(20)}
    assert editor.ask("POST", "articles", ITEM | {"_feedsvc": {"status": "draft"}}).status == 201
    moment = in_a_moment()
    release = {"date_published": rfc3339(moment)}
    assert editor.ask("POST", address("bridge", "schedule"), release).status == 200
    assert {told["verdict"] for told in editor.imports([scheduled(moment, guid) for guid in guids])} == {"imported"}
    guids.add("bridge")

    eventually(lambda: all(changes(database_url, guid) for guid in guids))
    eventually(lambda: everywhere(served, FEEDS[0], lambda answer: answer.body.count(b"<item>") == 1 + len(guids)))

    journal = Follower(editor)
    journal.catch_up()
    assert {guid: dict(journal.kinds[guid]) for guid in guids} == {guid: {"publish": 1} for guid in guids}
    assert {editor.ask("GET", address(guid)).body["date_published"] for guid in guids} == {rfc3339(moment)}


def test_what_expires_leaves_at_its_time_with_nobody_asking(served: Served, token: str, database_url: str) -> None:
    moment = in_a_moment()
    item = ITEM | {"_feedsvc": {"slug": "bridge", "expires": rfc3339(moment)}}
    assert Editor(served, token).ask("POST", "articles", item).status == 201
    before = [ask_afresh(served, path) for path in (PAGE, *FEEDS)]
    assert datetime.now(UTC) < moment, "the machine is too slow to see what is before"
    assert all(answer.status == 200 and shows(answer) for answer in before)

    eventually(lambda: len(changes(database_url, "bridge")) > 1)

    eventually(lambda: everywhere(served, PAGE, lambda answer: answer.status == 410))
    for path in FEEDS:
        eventually(lambda path=path: everywhere(served, path, lambda answer: not shows(answer)))
        assert everywhere(served, path, lambda answer: shows(answer, "Road opens"))
    (_, (kind, at)) = changes(database_url, "bridge")
    assert kind == "expire"
    assert at >= moment
    print(f"expired {(at - moment).total_seconds():.3f} s after its time")
    assert Editor(served, token).ask("GET", address("bridge")).body["_feedsvc"]["status"] == "expired"
