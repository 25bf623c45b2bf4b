"""Every file of deploy/ can be read by what reads it, and names only what is there."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings, load_settings
from tests.kit.sources import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.name != ".env")
PAGES = [*FILES, ROOT / "docs" / "operations.md"]
SETTINGS = {f"HONGYAN_{name.upper()}" for name in Settings.model_fields}
COMPOSE = ["compose.yaml", "compose.replicas.yaml"]
ENV_LINE = re.compile(r"(#.*|[A-Z][A-Z_]*=\S*)?")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_unit(path: Path) -> bool:
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.read_string(text(path))
    return {"Unit"} < set(unit.sections()) <= {"Unit", "Service", "Timer", "Install"}


def is_environment(path: Path) -> bool:
    return all(ENV_LINE.fullmatch(line) for line in text(path).splitlines())


def is_caddyfile(path: Path) -> bool:
    return text(path).count("{") == text(path).count("}") > 0


def is_dockerfile(path: Path) -> bool:
    instructions = re.findall(r"(?m)^([A-Z]+) ", text(path))
    return instructions.count("FROM") == 2 and {"COPY", "USER", "HEALTHCHECK", "STOPSIGNAL", "CMD"} < set(instructions)


READERS = {
    ".yaml": lambda path: bool(yaml.safe_load(text(path))),
    ".yml": lambda path: bool(yaml.safe_load(text(path))),
    ".json": lambda path: bool(json.loads(text(path))),
    ".service": is_unit,
    ".timer": is_unit,
    ".env": is_environment,
    ".sh": lambda path: subprocess.run([shutil.which("sh") or "", "-n", path], check=False).returncode == 0,
    "Caddyfile": is_caddyfile,
    ".replicas": is_caddyfile,
    "Dockerfile": is_dockerfile,
}


@pytest.mark.parametrize("path", FILES, ids=short)
def test_every_file_can_be_read(path: Path) -> None:
    assert READERS[path.suffix or path.name](path)


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    named = {one for one in re.findall(r"HONGYAN_[A-Z_]*[A-Z]", text(path)) if not one.startswith("HONGYAN_TEST_")}

    assert sorted(named - SETTINGS) == []


def test_the_example_has_every_setting() -> None:
    assert sorted(SETTINGS - set(re.findall(r"HONGYAN_[A-Z_]*[A-Z]", text(DEPLOY / "example.env")))) == []


def test_every_value_of_the_example_is_one_that_hongyan_takes() -> None:
    given = dict(re.findall(r"(?m)^(?:# )?HONGYAN_([A-Z_]+)=(\S*)$", text(DEPLOY / "example.env")))

    taken = load_settings(**{name.lower(): value for name, value in given.items()})

    assert taken.public_url == given["PUBLIC_URL"]


def test_whatever_a_compose_file_asks_for_stands_in_the_example() -> None:
    asked = {name for file in COMPOSE for name in re.findall(r"\$\{([A-Z_]+)", text(DEPLOY / file))}

    assert sorted(asked - set(re.findall(r"(?m)^([A-Z_]+)=", text(DEPLOY / "example.env")))) == []


def test_the_image_is_made_of_what_is_there_and_let_in() -> None:
    copied = [
        source
        for line in re.findall(r"(?m)^COPY (?!--from)(?:--\S+ )?(.+)$", text(DEPLOY / "Dockerfile"))
        for source in line.split()[:-1]
    ]
    let_in = re.findall(r"(?m)^!(\S+)$", text(ROOT / ".dockerignore"))

    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert sorted(copied) == sorted(let_in)


def services(file: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(text(DEPLOY / file))["services"]


@pytest.mark.parametrize("file", COMPOSE)
def test_services_use_only_what_their_file_defines(file: str) -> None:
    defined = yaml.safe_load(text(DEPLOY / file))
    places = [place.split(":") for one in services(file).values() for place in one.get("volumes", [])]
    named = {source for source, *_ in places if not source.startswith((".", "/"))}
    mounted = {source for source, *_ in places if source.startswith(".")}
    awaited = {other for one in services(file).values() for other in one.get("depends_on", [])}
    secrets = {secret for one in services(file).values() for secret in one.get("secrets", [])}

    assert named == set(defined["volumes"])
    assert [source for source in sorted(mounted) if not (DEPLOY / source).exists()] == []
    assert awaited <= set(services(file))
    assert secrets == set(defined.get("secrets", {}))
    assert [name for name, one in services(file).items() if "networks" in one] == []


@pytest.mark.parametrize("file", COMPOSE)
def test_every_hongyan_in_a_container_can_write_to_its_data_only(file: str) -> None:
    ours = {name: one for name, one in services(file).items() if one["image"] == "hongyan:local"}
    kept = {"hongyan", "serve", "worker", "migrate"} & set(ours)

    assert {name for name, one in ours.items() if "data:/data" not in one["volumes"]} == set()
    assert {name for name in kept if not (ours[name]["read_only"] and ours[name]["cap_drop"] == ["ALL"])} == set()


@pytest.mark.parametrize("file", COMPOSE)
def test_what_is_awaited_can_come_about(file: str) -> None:
    found = services(file)
    awaited = [
        (name, other, how.get("condition", "service_started"))
        for name, one in found.items()
        for other, how in conditions(one).items()
    ]
    never = [
        (name, other)
        for name, other, condition in awaited
        if (condition == "service_healthy" and not has_health(found[other]))
        or (condition == "service_completed_successfully" and found[other].get("restart", "no") != "no")
        or set(found[other].get("profiles", [])) - set(found[name].get("profiles", []))
    ]

    assert never == []


def conditions(service: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What a service waits for, written as a list or with conditions."""
    awaited = service.get("depends_on", {})
    return awaited if isinstance(awaited, dict) else {other: {} for other in awaited}


def has_health(service: dict[str, Any]) -> bool:
    """Tell whether a service says how it is: by its own words, or by those of our image."""
    check = service.get("healthcheck", {})
    return "test" in check or (service["image"] == "hongyan:local" and not check.get("disable"))


@pytest.mark.parametrize("file", COMPOSE)
def test_no_two_services_want_one_port_of_the_machine_and_only_the_proxy_is_open_to_all(file: str) -> None:
    wanted = [(name, port) for name, one in services(file).items() for port in one.get("ports", [])]
    on_machine = [port.rpartition(":")[0] + port.partition("/")[2] for _, port in wanted]

    assert len(on_machine) == len(set(on_machine))
    assert {name for name, port in wanted if not port.startswith("127.0.0.1:")} == {"caddy"}


@pytest.mark.parametrize("file", COMPOSE)
def test_every_setting_comes_from_the_file_that_is_filled_in(file: str) -> None:
    ours = {name: one for name, one in services(file).items() if one["image"] == "hongyan:local"}

    assert {one["env_file"] for one in ours.values()} == {".env"}
    assert {one["environment"]["HONGYAN_DATA_DIR"] for one in ours.values()} == {"/data"}
    assert len({one["environment"]["HONGYAN_DATABASE_URL"] for one in ours.values()}) == 1


def test_what_the_image_runs_may_be_run() -> None:
    assert (DEPLOY / "backup.sh").stat().st_mode & 0o111 == 0o111


def test_nobody_starts_before_the_database_is_migrated() -> None:
    found = services("compose.replicas.yaml")

    assert found["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("serve", "worker"):
        assert found[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_caddy_knows_every_server() -> None:
    found = services("compose.replicas.yaml")
    upstreams = found["caddy"]["environment"]["UPSTREAMS"].split()

    assert upstreams == [f"hongyan-serve-{number + 1}:8080" for number in range(found["serve"]["deploy"]["replicas"])]


def test_the_scraper_asks_every_server_and_worker_where_they_listen() -> None:
    found = services("compose.replicas.yaml")
    watched = yaml.safe_load(text(DEPLOY / "prometheus" / "prometheus.yml"))
    asked = {
        tuple(place["names"]): place["port"] for job in watched["scrape_configs"] for place in job["dns_sd_configs"]
    }
    ports = {
        name: int(found[name]["command"][found[name]["command"].index("--port") + 1]) for name in ("serve", "worker")
    }

    assert asked == {("serve",): ports["serve"], ("worker",): ports["worker"]}
    assert [file for file in watched["rule_files"] if not (DEPLOY / "prometheus" / file).exists()] == []


def test_a_worker_is_asked_for_its_health_where_it_listens() -> None:
    worker = services("compose.replicas.yaml")["worker"]

    assert f"127.0.0.1:{worker['command'][-1]}/readyz" in worker["healthcheck"]["test"][-1]


def test_no_secret_stands_in_a_file() -> None:
    filled = re.findall(r"(?m)^(?:HONGYAN_\w*(?:SECRET|TOKEN|KEY)\w*|\w+_PASSWORD)=(.+)$", text(DEPLOY / "example.env"))

    assert filled == []
