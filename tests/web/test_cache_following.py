"""Each change of the journal drops exactly the documents it touches, in every process, and a stampede renders once."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Site, client_of, eventually
from databases import run_sql
from web_tools import BASE, LINE_FEEDS, TAG_FEEDS

from feedsvc.item import read_item
from feedsvc.newsroom import Newsroom

OTHER_TAG = [path.replace("khankendi", "shusha") for path in TAG_FEEDS]
RAIN = {"id": "tag:x,2024:1", "title": "Rain", "tags": ["Khankendi"], "content_text": "It rained."}
SNOW = {"id": "tag:x,2024:2", "title": "Snow", "tags": ["Shusha"]}
PATHS = [*LINE_FEEDS, *TAG_FEEDS, *OTHER_TAG, "/", "/tags", "/tags/khankendi", "/tags/shusha"]
PATHS += ["/articles/rain", "/articles/snow"]


@pytest.fixture
def warm(make_site: Callable[..., Site]) -> Site:
    """A site with two articles under different tags, and every document in the cache."""
    site = make_site(base_url=BASE)
    site.publish(**RAIN)
    site.publish(**SNOW)
    rendered(site)
    return site


def rendered(site: Site) -> set[str]:
    """The paths whose documents had to be made just now, by the render counter."""
    made = set()
    for path in PATHS:
        before = site.service.cache.renders
        site.get(path)
        if site.service.cache.renders > before:
            made.add(path)
    return made


def test_nothing_is_rendered_twice_without_a_change(warm: Site) -> None:
    assert rendered(warm) == set()


def test_publishing_under_one_tag_leaves_the_documents_of_another_in_place(warm: Site) -> None:
    warm.publish(title="Hail", tags=["Khankendi"])
    assert rendered(warm) == {*LINE_FEEDS, *TAG_FEEDS, "/", "/tags", "/tags/khankendi"}


def test_an_edit_renders_the_article_and_what_lists_it(warm: Site) -> None:
    warm.publish(**SNOW | {"title": "Much snow"})
    assert rendered(warm) == {*LINE_FEEDS, *OTHER_TAG, "/", "/tags", "/tags/shusha", "/articles/snow"}


def test_a_retag_renders_what_listed_the_article_and_what_lists_it_now(warm: Site) -> None:
    warm.publish(**RAIN | {"tags": ["Shusha"]})
    assert rendered(warm) == set(PATHS) - {"/articles/snow"}


def test_a_retraction_renders_what_listed_the_article(warm: Site) -> None:
    warm.retract(RAIN["id"])
    assert rendered(warm) == {*LINE_FEEDS, *TAG_FEEDS, "/", "/tags", "/tags/khankendi", "/articles/rain"}
    assert rendered(warm) == set()  # the page that says it is gone is kept like any other


def test_other_settings_of_a_neighbour_render_everything(warm: Site, make_site: Callable[..., Site]) -> None:
    make_site(base_url=BASE, title="The Other Line")
    warm.settle()
    assert rendered(warm) == set(PATHS)


def test_a_change_in_another_process_is_seen_by_every_site(
    warm: Site, make_site: Callable[..., Site], newsroom: Newsroom
) -> None:
    neighbour = make_site(base_url=BASE)
    rendered(neighbour)
    newsroom.publish(read_item({"title": "From the shell", "tags": ["Shusha"]}))
    for site in (warm, neighbour):
        site.settle()
        assert rendered(site) == {*LINE_FEEDS, *OTHER_TAG, "/", "/tags", "/tags/shusha"}
        assert "From the shell" in site.get("/feeds/news-line.json").text


def test_a_stampede_over_http_renders_once(warm: Site) -> None:
    warm.publish(title="Hail")
    before = warm.service.cache.renders
    together = threading.Barrier(30)

    def get() -> bytes:
        with client_of(str(warm.http.base_url)) as client:
            together.wait(30)
            return client.get("/feeds/news-line.rss").content

    with ThreadPoolExecutor(30) as pool:
        answers = [pool.submit(get) for _ in range(30)]
        assert len({answer.result(30) for answer in answers}) == 1
    assert warm.service.cache.renders == before + 1


def test_every_answer_while_editors_publish_is_whole_and_never_goes_back(warm: Site) -> None:
    done = threading.Event()

    def read() -> list[int]:
        seen = []
        with client_of(str(warm.http.base_url)) as client:
            while not done.is_set():
                items = json.loads(client.get("/feeds/news-line.json").content)["items"]
                assert [item["title"] for item in items[:-2]] == [f"No. {n}" for n in range(len(items) - 3, -1, -1)]
                seen.append(len(items))
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for number in range(20):
            warm.service.newsroom.publish(read_item({"title": f"No. {number}"}))
        warm.settle()
        assert len(warm.get("/feeds/news-line.json").json()["items"]) == 22
        done.set()
        for reader in readers:
            seen = reader.result(30)
            assert seen == sorted(seen)


def test_many_changes_at_once_are_followed_to_the_end(warm: Site) -> None:
    items = [read_item({"id": f"tag:x,2024:many-{n}", "title": f"No. {n}"}) for n in range(1_200)]
    assert {each.verdict for each in warm.service.newsroom.accept(items)} == {"imported"}
    warm.settle()
    assert "No. 1199" in warm.get("/feeds/news-line.rss").text


def test_a_follower_that_lost_the_journal_finds_it_again(
    warm: Site, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    run_sql(
        database_url,
        "ALTER TABLE touch RENAME TO touch_away",
        "INSERT INTO journal SELECT seq + 1, at, kind, article_id FROM journal ORDER BY seq DESC LIMIT 1",
    )
    eventually(lambda: any("cannot be followed" in record.message for record in caplog.records))
    assert rendered(warm) == set()  # what is kept goes on being served
    run_sql(database_url, "ALTER TABLE touch_away RENAME TO touch", "UPDATE journal_head SET seq = seq + 1")
    eventually(lambda: any("followed again" in record.message for record in caplog.records))
    warm.publish(title="After it", tags=["Shusha"])
    assert rendered(warm) >= {*LINE_FEEDS, *OTHER_TAG}
