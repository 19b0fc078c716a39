"""ETag and Last-Modified: the first a function of the bytes, the second of the journal."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from conftest import Served, Site
from web_tools import BASE, FEEDS, LINE_FEEDS, TAG_FEEDS, age, etags, last_modified, place_changes, refresh

ARTICLE = {"id": "tag:x,2024:1", "title": "Rain", "tags": ["Khankendi"], "content_text": "It rained."}
OTHER_TAG = [path.replace("khankendi", "shusha") for path in TAG_FEEDS]


def modified(site: Site, paths: list[str]) -> dict[str, datetime]:
    return {path: last_modified(site.get(path)) for path in paths}


@pytest.fixture
def aged(make_site: Callable[..., Site]) -> Site:
    """A site with two articles, an hour old."""
    site = make_site(base_url=BASE)
    site.publish(**ARTICLE)
    site.publish(id="tag:x,2024:2", title="Snow", tags=["Shusha"])
    age(site, 3600)
    return site


def test_the_same_content_has_the_same_etag_in_another_process_and_after_a_restart(
    make_site: Callable[..., Site], serve: Callable[..., Served], database_url: str
) -> None:
    first = make_site(base_url=BASE)
    first.publish(**ARTICLE)
    expected, bodies = etags(first, FEEDS), {path: first.get(path).content for path in FEEDS}
    neighbour = make_site(base_url=BASE, cache_bytes=2_000_000)
    assert etags(neighbour, FEEDS) == expected
    refresh(first)
    assert etags(first, FEEDS) == expected
    served = serve(base_url=BASE)
    for path in FEEDS:
        response = served.http.get(path, headers={"accept-encoding": "identity"})
        assert (response.headers["etag"], response.content) == (expected[path], bodies[path])
        head = served.http.head(path, headers={"accept-encoding": "identity"})
        assert (head.headers["content-length"], head.content) == (str(len(bodies[path])), b"")
        held = served.http.get(path, headers={"if-none-match": expected[path]})
        assert (held.status_code, held.content) == (304, b"")
        assert "content-length" not in held.headers


def test_the_etag_does_not_depend_on_the_hash_seed_or_the_time_zone(
    aged: Site, shell_environment: dict[str, str]
) -> None:
    program = (
        "import os\n"
        "from feedsvc.config import Config\nfrom feedsvc.formats import FORMATS\n"
        "from feedsvc.service import Service\nfrom feedsvc.urls import Selection\n"
        "service = Service(Config.load(os.environ))\n"
        "for name in FORMATS:\n"
        "    kept = service.press.feeds.feed(Selection('khankendi'), FORMATS[name], 'identity')\n"
        "    print(dict(kept.headers)['ETag'])\n"
        "service.stop()\n"
    )
    environment = shell_environment | {"FEEDSVC_BASE_URL": BASE, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert run.stdout.decode().split() == list(etags(aged, TAG_FEEDS).values())


def test_reading_an_article_changes_no_feed(aged: Site) -> None:
    before, dates = etags(aged, FEEDS), modified(aged, FEEDS)
    assert aged.http.post("/articles/rain/reads").json() == {"reads": 1}
    aged.service.reads.flush()
    refresh(aged)
    assert (etags(aged, FEEDS), modified(aged, FEEDS)) == (before, dates)


def test_last_modified_is_never_later_than_date(site: Site) -> None:
    site.publish(**ARTICLE)
    for _ in range(3):
        refresh(site)
        for path in [*FEEDS, "/", "/tags", "/articles/rain"]:
            response = site.get(path)
            assert last_modified(response) <= parsedate_to_datetime(response.headers["date"])


def test_last_modified_is_not_later_than_date_even_when_a_clock_was_once_ahead(site: Site) -> None:
    site.publish(**ARTICLE)
    place_changes(site, datetime.now(UTC) + timedelta(days=1))
    for path in FEEDS:
        response = site.get(path)
        assert last_modified(response) <= parsedate_to_datetime(response.headers["date"])
    first = modified(site, FEEDS)
    site.publish(title="After it")  # the journal's time stays where the wrong clock has put it
    assert all(moment >= first[path] for path, moment in modified(site, FEEDS).items())


def test_an_edit_moves_both_validators_of_the_feeds_it_stands_in_and_of_no_other(aged: Site) -> None:
    paths = FEEDS + OTHER_TAG
    before, dates = etags(aged, paths), modified(aged, paths)
    aged.publish(**ARTICLE | {"title": "Much rain"})
    after, later = etags(aged, paths), modified(aged, paths)
    assert {path for path in paths if after[path] != before[path]} == set(FEEDS)
    assert {path for path in paths if later[path] > dates[path]} == set(FEEDS)
    assert {path: later[path] for path in OTHER_TAG} == {path: dates[path] for path in OTHER_TAG}


def test_a_retag_moves_both_validators_of_the_old_and_of_the_new_tag(aged: Site) -> None:
    paths = FEEDS + OTHER_TAG
    before, dates = etags(aged, paths), modified(aged, paths)
    aged.publish(**ARTICLE | {"tags": ["Shusha"]})
    after, later = etags(aged, paths), modified(aged, paths)
    assert all(after[path] != before[path] for path in paths)
    assert all(later[path] > dates[path] for path in paths)


def test_a_retraction_moves_both_validators_and_leaves_a_valid_empty_feed(aged: Site) -> None:
    paths = FEEDS + OTHER_TAG
    before, dates = etags(aged, paths), modified(aged, paths)
    aged.retract(ARTICLE["id"])
    after, later = etags(aged, paths), modified(aged, paths)
    assert {path for path in paths if after[path] != before[path]} == set(FEEDS)
    assert {path for path in paths if later[path] > dates[path]} == set(FEEDS)


def test_last_modified_does_not_go_back_when_the_newest_article_goes(aged: Site) -> None:
    moments = [modified(aged, LINE_FEEDS)]
    aged.publish(id="tag:x,2024:3", title="Hail")
    moments.append(modified(aged, LINE_FEEDS))
    aged.retract("tag:x,2024:3")
    moments.append(modified(aged, LINE_FEEDS))
    for path in LINE_FEEDS:
        series = [moment[path] for moment in moments]
        assert series == sorted(series)


def test_publishing_the_same_again_moves_nothing(aged: Site) -> None:
    before, dates = etags(aged, FEEDS), modified(aged, FEEDS)
    renders = aged.service.cache.renders
    assert aged.publish(**ARTICLE).verdict == "unchanged"
    assert (etags(aged, FEEDS), modified(aged, FEEDS)) == (before, dates)
    assert aged.service.cache.renders == renders


def test_other_settings_move_both_validators_of_every_feed(aged: Site, make_site: Callable[..., Site]) -> None:
    before, dates = etags(aged, FEEDS), modified(aged, FEEDS)
    renamed = make_site(base_url=BASE, title="The Other Line")
    after, later = etags(renamed, FEEDS), modified(renamed, FEEDS)
    assert all(after[path] != before[path] and later[path] > dates[path] for path in FEEDS)
    aged.settle()
    assert modified(aged, FEEDS) == later
