"""Killed amid writing, a server has done all that it said, nothing by half, and after the start what was due once."""

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from clients import in_threads
from conftest import Served, eventually
from databases import run_sql
from editors import UNBOUNDED, Editor, Follower, kill, make_key
from ledger import assert_books_balance, newsroom_at
from stories import Writers, batches, state_of

KILLS = int(os.environ.get("FEEDSVC_TEST_KILLS", "2"))
_SETTINGS = {"base_url": "https://news.example"} | UNBOUNDED
_ACKNOWLEDGED = (10, 60)


def test_a_kill_loses_nothing_that_was_acknowledged_and_leaves_nothing_half_written(
    serve: Callable[..., Served], shell_environment: dict[str, str], database_url: str
) -> None:
    token = make_key(shell_environment)
    dice = random.Random()
    editor = Editor(serve("--workers", "2", **_SETTINGS), token)
    seen: set[str] = set()
    for number in range(KILLS):
        head, since, before = head_of(editor), datetime.now(UTC), releases(database_url)
        writers = Writers(editor, f"r{number}")
        moment = dice.randint(*_ACKNOWLEDGED), dice.uniform(0, 0.05)

        def work(thread: int, writers: Writers = writers, moment: tuple[int, float] = moment) -> None:
            if thread < Writers.COUNT:
                writers.work(thread)
            else:
                writers.wait_for(moment[0])
                threading.Event().wait(moment[1])
                kill(writers.editor.served, database_url)

        in_threads(Writers.COUNT + 1, work)
        if database_url.startswith("sqlite"):
            assert run_sql(database_url, "PRAGMA integrity_check") == [("ok",)]
        released = releases(database_url)

        editor = Editor(serve("--workers", "2", **_SETTINGS), token)
        eventually(lambda editor=editor: not editor.articles(status="scheduled"))
        seen |= judge(writers, editor, head, since)
        with newsroom_at(database_url, **_SETTINGS) as newsroom:
            assert_books_balance(newsroom)
        late = releases(database_url) - released
        print(f"killed: {writers.report()}; {late} of {late + released - before} releases came after the start")
    assert set(editor.articles()) == seen
    everything = Follower(editor)
    everything.catch_up()
    assert everything.seqs == list(range(1, head_of(editor) + 1))
    assert set(everything.last) == seen


def judge(writers: Writers, editor: Editor, head: int, since: datetime) -> set[str]:
    """Compare what is found, of what came after the journal's row `head` and the moment `since`, with what was
    acknowledged; returns the ids of all that is found."""
    for story in writers.stories:
        if not story.guid:
            # Whoever got no answer sends the request again, and it is done once.
            told = writers.create_again(editor, story)
            assert told.status == 201
            story.guid, story.known, story.asked = told.body["id"], story.asked, None
    found = editor.articles(since=since.isoformat())
    journal = Follower(editor, head)
    journal.catch_up()
    assert journal.seqs == list(range(head + 1, head + 1 + len(journal.seqs)))
    assert set(journal.last) == set(found)

    expected = {guid for document in writers.documents for guid in document.ids}
    for document in writers.documents:
        assert set(document.acknowledged) <= set(found)
        for batch in batches(document):
            assert len(batch & set(found)) in (0, len(batch)), "half of a batch"
    for story in writers.stories:
        expected.add(story.guid)
        item = found.get(story.guid)
        assert (state_of(item)[1] if item else None) in story.may_be, story
        if story.release and item:
            assert item["date_published"] == story.release
    assert set(found) <= expected

    keys = Counter(state_of(item)[0] for item in found.values())
    assert set(keys.values()) <= {1}, "an article is there twice"
    for guid, item in found.items():
        assert journal.kinds[guid]["publish"] == 1
        retracted = journal.last[guid] == "retract"
        assert item["_feedsvc"]["status"] == ("retracted" if retracted else "published")
    return set(found)


def head_of(editor: Editor) -> int:
    """The number of the journal's newest row."""
    told = editor.ask("GET", "journal?limit=1")
    assert told.status == 200, told
    return int(told.body["head"])


def releases(database_url: str) -> int:
    """How many articles have published themselves."""
    ((count,),) = run_sql(database_url, "SELECT count(*) FROM log WHERE actor = 'schedule' AND deed = 'publish'")
    return int(count)
