"""What the API says of itself is true: schemathesis holds the running service against its OpenAPI document."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Served, Site

pytest_plugins = ("open_desks",)

EXAMPLES = os.environ.get("FEEDSVC_TEST_EXAMPLES", "2")
CHECKS = [
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance"),
    *("response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method"),
    # Not use_after_free: what is deleted was retracted, and editors can get it still. Nor ignored_auth: whoever tries
    # so many keys in a minute is told to wait; below, every operation is asked for without one.
]


@pytest.mark.only("sqlite")
def test_every_operation_is_documented_and_can_be_read_about(site: Site) -> None:
    document = site.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    told = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert len({operation["operationId"] for each in paths.values() for operation in each.values()}) == len(told)
    assert ("PATCH", "/api/articles/{id}") in told
    page = site.get("/api/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for method, path in told:
        assert f'<code>{method}</code> <code class="path">{path}</code>' in page.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page.text


@pytest.mark.only("sqlite")
def test_no_operation_is_for_who_has_no_key(site: Site) -> None:
    paths = site.get("/api/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method in operations:
            address = path.replace("{id}", "a").replace("{tag}", "t")
            answer = site.http.request(method, address, headers={"If-Match": "*"})
            wrong = site.http.request(method, address, headers={"Authorization": "Bearer feedsvc_wrong"})
            assert answer.status_code == 401, (method, path)
            assert wrong.status_code in (401, 429), (method, path)


def test_no_answer_is_another_than_the_document_says(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve("--workers", "2", api_rate="1000000 per second")
    token = served.shell("key", "create", "desk", "--scope", "publish").stdout.decode().strip()
    headers = {"Authorization": f"Bearer {token}"}
    for guid, status in (("a", "published"), ("d", "draft")):
        item = {"title": "T", "tags": ["T"], "_feedsvc": {"status": status}}
        assert served.http.put(f"/api/articles/{guid}", json=item, headers=headers).status_code == 201

    address = str(served.http.base_url.join("/api/openapi.json"))
    command = [sys.executable, "-m", "schemathesis.cli", "run", address]
    command += ["--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS)]
    command += ["--max-examples", EXAMPLES, "--seed", "5", "--generation-database", "none", "--no-color"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout
    operations = served.http.get("/api/openapi.json").json()["paths"].values()
    assert re.findall(r"Tested: (\d+)", run.stdout) == [str(sum(map(len, operations)))], run.stdout
    print(re.findall(r"\d+ generated.*", run.stdout))
