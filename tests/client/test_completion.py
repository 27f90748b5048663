"""What a shell offers at the Tab key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.conftest import Trainshed
from tests.client.scripted import JOB, Server
from tests.conftest import Service

Tab = Callable[..., list[str]]


@pytest.fixture
def tab(trainshed: Trainshed, monkeypatch: pytest.MonkeyPatch) -> Tab:
    """What is offered for a line: to fish one a line, the value and what it is with a tab between."""

    def press(line: str, shell: str = "fish") -> list[str]:
        monkeypatch.setenv("_TRAINSHED_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        ended = trainshed()
        assert (ended.code, ended.err) == (0, "")
        return [each for each in ended.out.splitlines() if each]

    return press


def test_jobs_are_offered_with_their_state_and_name(
    service: Service, trained: str, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAINSHED_URL", service.url)
    assert f"{trained}\tsucceeded" in tab("trainshed show job_")
    assert trained in [line.split("\t")[0] for line in tab("trainshed model show ")]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("trainshed sub", ["submit\tQueue a job and print its id."]),
        ("trainshed list --sta", ["--state\tOnly jobs in this state."]),
        ("trainshed list --state que", ["queued"]),
        ("trainshed dataset show fl", ["flowers:1\tready · flowers.zip"]),
        ("trainshed predict-all m --dataset k", ["kmnist\tbuilt in · 10 classes"]),
        ("trainshed model history ", ["prod\tjob_1"]),
        ("trainshed presets fashion", ["fashion-fast\trecipe · fashion-mnist"]),
        ("trainshed submit fashion", ["fashion-fast\trecipe · fashion-mnist"]),
        ("trainshed prediction fetch ", ["pred_1\tsucceeded · flowers:1, test"]),
    ],
)
def test_commands_options_and_values_are_offered(
    server: Server, tab: Tab, line: str, offered: list[str]
) -> None:
    at = {"created_at": "2026-11-23T20:00:00Z"}
    upload = {"filename": "flowers.zip"}
    flowers = {"id": "ds_1", "names": ["flowers:1"], "state": "ready", "upload": upload, "preparation": {}}
    prediction = {
        "id": "pred_1",
        "state": "succeeded",
        "job_id": "j",
        "dataset": "flowers:1",
        "split": "test",
    }
    server.says("GET /datasets", {"data": [flowers | at], "built_in": [{"name": "kmnist", "classes": 10}]})
    server.says("GET /aliases", {"data": [{"alias": "prod", "job_id": "job_1"}]})
    server.says("GET /predictions", {"data": [prediction | at]})
    server.says("GET /presets", {"recipes": {"fashion-fast": {"data": {"dataset": "fashion-mnist"}}}})
    assert tab(line) == offered


def test_specs_are_offered_as_files_too(server: Server, tab: Tab, tmp_path: Path) -> None:
    server.says("GET /presets", {"recipes": {"fashion-fast": {}}})
    (tmp_path / "mine.json").touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "photo.png").touch()
    offered = [f"{tmp_path}/mine.json\tfile", f"{tmp_path}/more/\tfolder"]
    assert tab(f"trainshed submit {tmp_path}/") == offered
    assert tab("trainshed submit /nowhere/") == []


def test_a_server_that_is_away_is_silent(server: Server, tab: Tab) -> None:
    server.stop()
    assert tab("trainshed show ") == []


def test_a_name_means_nothing_to_the_shell_that_is_offered_it(server: Server, tab: Tab) -> None:
    server.says("GET /jobs", {"data": [JOB | {"name": "\\$(reboot)'`x`\""}, JOB | {"id": "$(reboot)"}]})
    offered = "\n".join(tab("trainshed show ", "zsh"))
    assert "job_1" in offered
    assert not set("\\$`") & set(offered)
    assert offered.count("'") == 2  # around all of it
