"""What is told of a run: trouble and the end of trouble to the webhook, all but quiet nights to the log, and never the webhook's address."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines import nightly
from pipelines.run import last_run, run_nightly
from sightline import telling
from sightline.fetch.webhook import post
from sightline.home import Home
from sightline.telling import Told, tell

NOW = datetime(2025, 6, 12, 2, 15, 30, tzinfo=UTC)
HELD = Told("held back", ("held back: June-2025.csv: a total is wrong.",))


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted; answers with the status of its server, or not at all."""

    server: Hooks

    def do_POST(self) -> None:
        self.server.posted.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        if self.server.status is None:
            self.server.over.wait(30)
            return
        self.send_response(self.server.status)
        self.send_header("Location", self.server.base + "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


class Hooks(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.status: int | None = 200
        self.over = threading.Event()

    @property
    def outcomes(self) -> list[str]:
        return [message["outcome"] for _, message in self.posted]


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    with Hooks() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        monkeypatch.setenv(telling.WEBHOOK, f"{server.base}/secret-part")
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def logged(home: Home) -> str:
    path = home.logs / "sightline.log"
    return path.read_text() if path.exists() else ""


def test_trouble_is_posted_each_night_its_end_once_and_good_nights_never(home: Home, hooks: Hooks) -> None:
    for told in (Told("published"), Told("failed", ("no source",)), Told("failed", ("no source",)), Told("nothing new"), Told("published"), HELD):
        tell(home, told)
    assert hooks.outcomes == ["failed", "failed", "recovered", "held back"]
    assert hooks.posted[-1][1]["lines"] == list(HELD.lines)
    assert hooks.posted[-1][1]["text"] == f"sightline: held back\n{HELD.lines[0]}"


def test_a_publication_after_held_back_files_is_a_recovery(home: Home, hooks: Hooks) -> None:
    tell(home, HELD)
    tell(home, Told("published"))
    assert hooks.outcomes == ["held back", "recovered"]


def test_a_quiet_night_leaves_the_log_alone(home: Home, hooks: Hooks) -> None:
    tell(home, Told("nothing new"))
    assert (logged(home), hooks.posted) == ("", [])


def test_the_log_has_its_times_in_utc_and_one_line_a_fact(home: Home) -> None:
    tell(home, Told("failed", ("a first\nline\x1b[31m", "a second")), now=NOW)
    tell(home, Told("published"), now=NOW)
    assert logged(home).splitlines() == [
        "2025-06-12T02:15:30Z failed: a first line [31m",
        "2025-06-12T02:15:30Z failed: a second",
        "2025-06-12T02:15:30Z recovered",
    ]


def test_logs_rotate_and_the_oldest_is_dropped(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "LOG_BYTES", 10)
    for number in range(8):
        tell(home, Told("failed", (f"night {number}",)))
    kept = sorted(path.name for path in home.logs.glob("sightline.log*"))
    assert kept == ["sightline.log", *(f"sightline.log.{number}" for number in range(1, 6))]
    assert "night 7" in logged(home)
    assert "night 2" in (home.logs / "sightline.log.5").read_text()


@pytest.mark.parametrize(("status", "said"), [(500, "HTTP 500"), (302, "HTTP 302"), (404, "HTTP 404")])
def test_a_webhook_that_refuses_is_a_line_in_the_log_and_not_followed_elsewhere(home: Home, hooks: Hooks, status: int, said: str) -> None:
    hooks.status = status
    tell(home, HELD)
    assert f"the webhook was not told: {said}" in logged(home)
    assert [path for path, _ in hooks.posted] == ["/secret-part"]


def test_a_webhook_that_never_answers_is_given_up(hooks: Hooks) -> None:
    hooks.status = None
    begun = time.monotonic()
    assert post(f"{hooks.base}/secret-part", {}, seconds=0.2) == "no answer in 0.2 s"
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "address",
    ["http://example.org/secret-part", "ftp://127.0.0.1/secret-part", "https://[secret-part", "secret-part", "http://127.0.0.1:99999/secret-part"],
)
def test_the_address_of_a_webhook_is_never_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, address: str
) -> None:
    monkeypatch.setenv(telling.WEBHOOK, address)
    tell(home, HELD)
    shown = capfd.readouterr()
    assert "the webhook was not told" in logged(home)
    assert "secret-part" not in logged(home) + shown.out + shown.err + caplog.text


def test_plain_http_goes_to_this_machine_alone() -> None:
    assert post("http://192.0.2.1/x", {}) == "its address is neither https nor http to this machine"


def test_user_and_password_of_an_address_are_neither_logged_nor_posted(home: Home, hooks: Hooks) -> None:
    tell(home, Told("failed", ("https://ann:pass@mirror.example/x: no answer",)))
    assert "mirror.example" in logged(home)
    assert "pass" not in logged(home) + str(hooks.posted)


def test_what_cannot_be_written_is_no_further_fault(home: Home, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    monkeypatch.setattr(Path, "write_text", full)
    tell(home, HELD)
    assert hooks.outcomes == ["held back"]


def test_a_run_of_the_command_line_tells(home: Home, hooks: Hooks, tmp_path: Path) -> None:
    outcome = run_nightly(home, str(tmp_path / "no such folder"))
    assert outcome.exit_status == 3
    assert hooks.outcomes == ["failed"]


# -- runs of Dagster's daemon


@dg.op
def breaks() -> None:
    raise ValueError("a fault nobody knew of")


@dg.op
def holds() -> None:
    """Ends well."""


def run_of(instance: dg.DagsterInstance, home: Home, op: dg.OpDefinition, tags: dict[str, str]) -> Any:
    job = dg.GraphDefinition("nightly", node_defs=[op]).to_job(
        resource_defs={"workplace": dg.ResourceDefinition(lambda _: None, config_schema={"home": str})},
    )
    config = {"resources": {"workplace": {"config": {"home": str(home.root)}}}}
    return job.execute_in_process(instance=instance, raise_on_error=False, tags=tags, run_config=config)


@pytest.mark.parametrize(("tags", "told"), [({}, ["failed"]), (nightly.TOLD_ELSEWHERE, [])])
def test_a_failed_run_of_the_daemon_is_told_and_one_of_the_command_line_not_again(
    home: Home, hooks: Hooks, tags: dict[str, str], told: list[str]
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_of(instance, home, breaks, tags)
        event = next(one for one in result.all_events if one.event_type_value == "PIPELINE_FAILURE")
        context = dg.build_run_status_sensor_context("tell_failed", event, instance, result.dagster_run).for_run_failure()
        nightly.tell_failed(context)
    assert hooks.outcomes == told
    assert all("a fault nobody knew of" in message["text"] for _, message in hooks.posted)
    assert last_run(home).get("exit_status") == (3 if told else None)


@pytest.mark.parametrize(("tags", "told"), [({}, ["failed", "recovered"]), (nightly.TOLD_ELSEWHERE, ["failed"])])
def test_a_good_run_of_the_daemon_ends_the_trouble(
    home: Home, hooks: Hooks, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], told: list[str]
) -> None:
    monkeypatch.setattr("pipelines.run.visit.not_fetched", lambda _home: iter(()))
    tell(home, Told("failed", ("yesterday",)))
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_of(instance, home, holds, tags)
        event = next(one for one in result.all_events if one.event_type_value == "PIPELINE_SUCCESS")
        nightly.tell_ended(dg.build_run_status_sensor_context("tell_ended", event, instance, result.dagster_run))
    assert hooks.outcomes == told
    assert last_run(home).get("exit_status") == (None if tags else 0)


def test_both_sensors_run_wherever_the_daemon_runs() -> None:
    assert {one.default_status for one in (nightly.tell_failed, nightly.tell_ended)} == {dg.DefaultSensorStatus.RUNNING}
