"""What of deploy/ can be checked without an engine for containers."""

import shutil
import subprocess
from pathlib import Path

import yaml
from in_front import DEPLOY

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_varnish_takes_the_configuration_that_the_compose_file_gives_it(tmp_path: Path) -> None:
    for name, source in COMPOSE["configs"].items():
        if "file" in source:
            shutil.copy(DEPLOY / source["file"], tmp_path / name)
        else:
            (tmp_path / name).write_text(source["content"])
    given = {config["source"]: config["target"] for config in COMPOSE["services"]["varnish"]["configs"]}
    assert given == {name: f"/etc/varnish/{name}" for name in COMPOSE["configs"]}
    command = ["varnishd", "-j", "none", "-C", "-f", str(tmp_path / "feedsvc.vcl")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def test_only_feedsvc_may_purge_and_no_secret_stands_in_the_compose_file() -> None:
    services = COMPOSE["services"]
    address = services["feedsvc"]["networks"]["inside"]["ipv4_address"]
    vcl = COMPOSE["configs"]["site.vcl"]["content"]
    assert vcl.count(address) == 2
    assert 'acl purgers {\n    "172.30.7.10";\n}' in vcl
    assert all(service["read_only"] for service in services.values())
    assert all("file" in secret for secret in COMPOSE["secrets"].values())
    assert not [name for name in services["feedsvc"]["environment"] if "TOKEN" in name or "DATABASE" in name]


def test_the_containerfile_copies_what_is_there_and_runs_as_nobody_in_particular() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (DEPLOY.parent / source).exists(), line
    assert "USER 10001:10001" in lines
    assert 'ENTRYPOINT ["feedsvc"]' in lines
