"""What one process tells Prometheus, that it tells it in the right words, and that the documents about it are true."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import Site, eventually
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from scrapes import Scrape, scrape
from web_tools import LINE_FEEDS, refresh, sql

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.errors import ConfigError
from feedsvc.item import read_item
from feedsvc.metrics import Metrics
from feedsvc.service import Service

REPOSITORY = Path(__file__).parents[2]
FEED = "/feeds/news-line.rss"
# What a process of its own leaves behind: it counts three, measures one, and ends, or waits to be ended.
ANOTHER_PROCESS = """
import sys
from feedsvc.metrics import Metrics
metrics = Metrics()
numbers = {("feed",): 0}
metrics.count("answers", "Answers.", ("route",), lambda: dict(numbers))
metrics.measure("weight", "Weight.", "liveall", lambda: {(): 1})
metrics.start()
numbers["feed",] += 3
metrics.stop()
print("done", flush=True)
sys.stdin.read()
"""


def test_answers_are_counted_by_address_method_status_and_what_the_cache_did(site: Site) -> None:
    site.publish(title="Rain")
    etag = site.get(FEED).headers["etag"]
    assert site.get(FEED, if_none_match=etag).status_code == 304
    site.http.head(FEED)
    site.get("/articles/rain")
    site.get("/nowhere")
    site.get("/health")
    site.http.post("/articles/rain/reads")

    found = scrape(site)

    def answers(**labels: str) -> float:
        return found.total("feedsvc_requests_total", **labels)

    assert answers() == 7
    assert answers(route="feed", method="GET", status="200", cache="miss") == 1
    assert answers(route="feed", method="GET", status="304", cache="hit") == 1
    assert answers(route="feed", method="HEAD", status="200", cache="hit") == 1
    assert answers(route="article", method="GET", status="200", cache="miss") == 1
    assert answers(route="health", status="200", cache="none") == 1
    assert answers(route="reads", method="POST", status="200", cache="none") == 1
    assert answers(route="other", status="404") == 1
    assert scrape(site).total("feedsvc_requests_total", route="metrics", status="200") == 1


def test_fills_are_counted_and_timed_by_coding_and_hits_are_not(site: Site) -> None:
    for _ in range(3):
        for coding in ("identity", "gzip", "br"):
            site.get(FEED, accept_encoding=coding)

    found = scrape(site)

    for coding in ("identity", "gzip", "br"):
        assert found.total("feedsvc_cache_fill_seconds_count", coding=coding) == 1
        assert found.total("feedsvc_cache_fill_seconds_bucket", coding=coding, le="+Inf") == 1
        assert found.total("feedsvc_cache_fill_seconds_sum", coding=coding) > 0
    assert found.total("feedsvc_cache_fill_seconds_count") == 3


def test_a_document_that_is_not_found_fills_nothing(site: Site) -> None:
    assert site.get("/feeds/tags/nobody.rss").status_code == 404
    assert scrape(site).total("feedsvc_cache_fill_seconds_count") == 0


def test_the_cache_is_measured(make_site: Callable[..., Site]) -> None:
    site = make_site(cache_bytes=2_000_000)
    before = scrape(site)
    site.get(FEED, accept_encoding="gzip")
    after = scrape(site)
    assert before.values("feedsvc_cache_bytes") == before.values("feedsvc_cache_documents") == [0]
    assert after.values("feedsvc_cache_bytes") == [site.service.cache.size]
    assert after.values("feedsvc_cache_documents") == [2]
    assert after.values("feedsvc_cache_max_bytes") == [2_000_000]


def test_what_the_cache_drops_is_counted_by_the_reason(site: Site) -> None:
    def evictions() -> dict[str, float]:
        found = scrape(site)
        return {
            reason: found.total("feedsvc_cache_evictions_total", reason=reason)
            for reason in found.label("feedsvc_cache_evictions_total", "reason")
        }

    assert evictions() == {"changed": 0, "expired": 0, "room": 0}
    for path in LINE_FEEDS:
        site.get(path, accept_encoding="identity")
    refresh(site)
    assert evictions() == {"changed": 3, "expired": 0, "room": 0}
    refresh(site)
    assert evictions() == {"changed": 3, "expired": 0, "room": 0}


def test_the_journal_is_measured_from_its_head(site: Site) -> None:
    def look() -> Scrape:
        # A request over HTTP would look at the journal itself, when the follower's thread does not.
        site.service.lookout.look()
        return Scrape(site.service.metrics.exposition("")[0].decode())

    site.publish(title="Rain")
    seq = site.service.follower.position
    found = look()
    assert found.values("feedsvc_journal_head") == found.values("feedsvc_journal_position", follower="cache") == [seq]
    assert found.values("feedsvc_journal_pending", follower="cache") == [0]
    assert found.values("feedsvc_journal_lag_seconds", follower="cache") == [0]

    site.service.follower.stop()
    site.service.newsroom.publish(read_item({"title": "Snow"}))
    site.service.newsroom.publish(read_item({"title": "Hail"}))
    late, later = look(), look()
    assert late.values("feedsvc_journal_head") == [seq + 2]
    assert late.values("feedsvc_journal_position", follower="cache") == [seq]
    assert late.values("feedsvc_journal_pending", follower="cache") == [2]
    lags = [each.total("feedsvc_journal_lag_seconds", follower="cache") for each in (late, later)]
    assert 0 < lags[0] < lags[1] < 60

    site.service.follower.start()
    assert look().values("feedsvc_journal_position", follower="cache") == [seq + 2]
    assert look().values("feedsvc_journal_lag_seconds", follower="cache") == [0]


def test_readings_are_pending_until_they_are_written(site: Site) -> None:
    site.publish(title="Rain")
    site.service.reads.stop()
    for _ in range(3):
        site.http.post("/articles/rain/reads")
    assert scrape(site).values("feedsvc_reads_pending") == [3]
    site.service.reads.flush()
    assert scrape(site).values("feedsvc_reads_pending") == [0]


def test_entries_left_out_are_counted_from_the_start_of_the_process(
    make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site()
    site.publish(title="Rain")
    site.publish(title="Snow")
    sql(site, "UPDATE article SET body = :body WHERE slug = 'rain'", body="<p>\x01</p>")
    refresh(site)
    assert scrape(site).values("feedsvc_entries_left_out_total") == [0]
    for path in LINE_FEEDS[:2]:
        assert b"Snow" in site.get(path).content
    assert scrape(site).values("feedsvc_entries_left_out_total") == [2]
    assert scrape(make_site()).values("feedsvc_entries_left_out_total") == [0]
    assert "goes out without entry" in caplog.text


def test_it_answers_while_the_database_is_away(site: Site, database_url: str) -> None:
    site.publish(title="Rain")
    site.get(FEED)
    assert scrape(site).values("feedsvc_database_up") == [1]
    position = scrape(site).values("feedsvc_journal_position")

    sql(site, "ALTER TABLE journal_head RENAME TO journal_away")
    away = eventually(lambda: found if (found := scrape(site)).values("feedsvc_database_up") == [0] else None)
    assert away.values("feedsvc_journal_position") == position
    assert away.total("feedsvc_cache_fill_seconds_count") > 0

    sql(site, "ALTER TABLE journal_away RENAME TO journal_head")
    eventually(lambda: scrape(site).values("feedsvc_database_up") == [1])


def test_the_version_is_told(site: Site) -> None:
    assert scrape(site).values("feedsvc_build_info", version=__version__) == [1]


def test_no_cache_keeps_it_and_it_names_nothing_that_was_published(site: Site) -> None:
    site.publish(title="Secretbridge", tags=["Secrettag"], author={"name": "Secretauthor"})
    for path in ("/", "/articles/secretbridge", "/tags/secrettag", "/feeds/tags/secrettag.rss", "/secretpath"):
        site.get(path, user_agent="secretagent")
    response = site.get("/metrics")
    assert response.headers["cache-control"] == "no-store"
    assert "secret" not in response.text.lower()
    assert site.http.head("/metrics").headers["content-type"] == response.headers["content-type"]


def test_the_format_is_what_is_asked_for(site: Site) -> None:
    site.get(FEED)
    plain = site.get("/metrics", accept="text/html, */*")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")

    asked = site.get("/metrics", accept="application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4; q=0.5")
    assert asked.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert asked.text.endswith("# EOF\n")
    names = {f"{each.name}_total" if each.type == "counter" else each.name for each in open_metrics(asked.text)}
    assert names == Scrape(plain.text).names()


def test_a_setting_takes_it_away_and_its_threads_too(make_site: Callable[..., Site]) -> None:
    make_site(metrics="false")
    site = make_site(metrics="false")
    assert site.get("/metrics").status_code == 404
    assert {thread.name for thread in threading.enumerate()} & {"metrics", "lookout"} == set()
    assert site.get(FEED).status_code == 200


def test_the_setting_changes_no_document(make_site: Callable[..., Site]) -> None:
    settings = {"base_url": "https://news.example"}
    before = make_site(**settings).get(FEED).headers
    after = make_site(**settings, metrics="false").get(FEED).headers
    assert (after["etag"], after["last-modified"]) == (before["etag"], before["last-modified"])


def test_each_thread_of_a_site_ends_with_it(database_url: str) -> None:
    service = Service(Config.load({"FEEDSVC_DATABASE_URL": database_url}))
    assert {"metrics", "lookout"} <= {thread.name for thread in threading.enumerate()}
    service.stop()
    assert {"metrics", "lookout"} & {thread.name for thread in threading.enumerate()} == set()


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that processes share for their counts."""
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    return folder


def another_process() -> subprocess.Popen[bytes]:
    """A process that has counted, and lives until its input ends."""
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"done\n"
    return process


def test_a_process_that_is_gone_leaves_its_counts_and_not_what_it_measured(shared: Path) -> None:
    with another_process() as first, another_process() as second:
        living = Scrape(Metrics().exposition("")[0].decode())
        assert living.label("feedsvc_weight", "pid") == {str(first.pid), str(second.pid)}
        assert living.total("feedsvc_answers_total", route="feed") == 6

        first.kill()
        first.wait()

        bereft = Scrape(Metrics().exposition("")[0].decode())
        assert bereft.label("feedsvc_weight", "pid") == {str(second.pid)}
        assert bereft.total("feedsvc_answers_total", route="feed") == 6
        assert not list(shared.glob(f"gauge_*_{first.pid}.db"))


def test_a_file_that_a_process_has_only_just_made_is_no_error(shared: Path) -> None:
    (shared / f"counter_{os.getpid()}.db").touch()
    assert Scrape(Metrics().exposition("")[0].decode()).families == []


@pytest.mark.parametrize("named", ["", "/nowhere/at/all"])
def test_a_shared_folder_that_is_none_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", named)
    with pytest.raises(ConfigError, match=rf"PROMETHEUS_MULTIPROC_DIR names '{named}', which is no folder"):
        Metrics()


def exposed(site: Site) -> Scrape:
    """A scrape with a line of every metric."""
    site.get(FEED)
    return scrape(site)


def test_the_table_of_metrics_is_complete_and_true(site: Site) -> None:
    table = (REPOSITORY / "docs" / "monitoring.md").read_text("utf-8")
    rows = re.findall(r"^\| `(feedsvc_\w+)` \|([^|]*)\|", table, re.MULTILINE)
    found = exposed(site)
    labels = {name: set(re.findall(r"`(\w+)`", labels)) - {"pid"} for name, labels in rows}
    assert len(labels) == len(rows)
    assert set(labels) == found.names()
    for sample in found.samples:
        name = re.sub(r"_(bucket|sum|count)$", "", sample.name)
        assert set(sample.labels) - {"le"} == labels[name]


def expressions(value: object) -> Iterator[str]:
    """Every PromQL expression of a document, wherever it stands."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("expr", "query") and isinstance(each, str):
                yield each
            else:
                yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "alerts.yml"])
def test_the_dashboard_and_the_alerts_ask_for_what_there_is(site: Site, name: str) -> None:
    text = (REPOSITORY / "deploy" / name).read_text("utf-8")
    document = json.loads(text) if name.endswith("json") else yaml.safe_load(text)
    asked = {metric for each in expressions(document) for metric in re.findall(r"feedsvc_\w+", each)}
    there_is = {sample.name for sample in exposed(site).samples}
    assert len(asked) >= 4
    assert asked <= there_is


def test_the_dashboard_lets_its_user_choose_where_the_numbers_come_from(site: Site) -> None:
    dashboard = json.loads((REPOSITORY / "deploy" / "grafana-dashboard.json").read_text("utf-8"))
    variables = {variable["name"]: variable["type"] for variable in dashboard["templating"]["list"]}
    assert variables == {"datasource": "datasource", "instance": "query"}
    for panel in dashboard["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(set(places)) == len(places)
