"""What a script did is taken back by its journal: shown as a plan, and made a script of."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policylint.plan.planfile import read_plan
from tests.cli.conftest import EXAMPLE, Folder
from tests.journals import Scribe
from tests.texts import LIVE, output_schema
from tests.worlds import STORE, read_sealed

NOW = {"SOURCE_DATE_EPOCH": "1795165200"}  # three hours after the snapshot
JOURNAL = "policylint.journal.jsonl"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the saved plan of the example, and the journal of a script of it that was stopped after its tenth step."""
    example = Folder(Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("made") / "contoso")))
    assert 0 == example.run("plan", "--out", "plan.json", **NOW).returncode
    saved = (example.path / "plan.json").read_text()
    made = read_plan(saved, "plan.json", STORE, datetime.fromtimestamp(int(NOW["SOURCE_DATE_EPOCH"]), UTC))
    live = read_sealed((example.path / LIVE).read_bytes())
    return {"plan.json": saved, JOURNAL: Scribe(made, live.state).run(range(10)).text}


@pytest.fixture
def done(example: Folder, files: dict[str, str]) -> Folder:
    """Return the example with its plan and the journal of what was done of it."""
    for name, text in files.items():
        example.write(name, text)
    return example


def record_of(folder: Folder, *words: str) -> dict[str, Any]:
    """Return the plan that takes back."""
    found: dict[str, Any] = json.loads(
        folder.run("plan", "--from-journal", JOURNAL, "--format", "json", *words, **NOW).stdout
    )
    return found


def lifted(folder: Folder) -> list[str]:
    """Return the options that lift every refusal of the plan that takes back."""
    words = [word for each in record_of(folder)["refusals"] for word in ("--acknowledge", each["acknowledge"])]
    return [*words, "--reason", "back"]


def test_it_is_shown_as_any_plan_and_applied_as_any_plan(done: Folder) -> None:
    words = lifted(done)
    shown = done.run("plan", "--from-journal", JOURNAL, "--out", "back.json", *words, **NOW)
    assert 0 == shown.returncode, shown.stderr
    assert "10 steps" in shown.stdout.splitlines()[0]
    record = record_of(done, *words)
    output_schema("plan").validate(record)
    planned = json.loads((done.path / "plan.json").read_text())
    assert (JOURNAL, planned["fingerprint"]) == (record["takesBack"]["journal"], record["takesBack"]["fingerprint"])
    told = [f"takes back {step['id']}: {step.get('reason', '')}".removesuffix(": ") for step in planned["steps"][9::-1]]
    assert told == [step["reason"] for step in record["steps"]]
    assert [step.get("owner") for step in planned["steps"][9::-1]] == [step.get("owner") for step in record["steps"]]
    assert {True, False} == {": " in reason for reason in told}
    assert {step["identity"] for step in planned["steps"][:10]} == {step["identity"] for step in record["steps"]}
    scripts = [
        done.run("apply-script", *arguments, **NOW).stdout
        for arguments in (["back.json"], ["--rollback", JOURNAL, *words], ["plan.json", "--rollback", JOURNAL, *words])
    ]
    assert planned["fingerprint"] in scripts[0]
    assert 1 == len({*scripts})


def test_the_policy_counts_for_nothing(done: Folder) -> None:
    before = without_reasons(record_of(done))
    for path in (done.path / "policy").rglob("*.yaml"):
        path.write_text("organization: {DefaultAccessLevel: Nonsense}\n")
    assert before == without_reasons(record_of(done))


def without_reasons(record: dict[str, Any]) -> list[Any]:
    """Return the steps of a plan but for what the policy says about their objects."""
    return [{**step, "reason": step["reason"].partition(":")[0], "owner": ""} for step in record["steps"]]


def test_guards_refuse_it_and_are_acknowledged(done: Folder) -> None:
    config = done.path / "policylint.yaml"
    config.write_text(config.read_text().replace("max-deletes-percent: 50", "max-deletes-percent: 0"))
    refused = done.run("apply-script", "--rollback", JOURNAL, **NOW)
    assert (1, "") == (refused.returncode, refused.stdout)
    assert "max-deletes-percent" in refused.stderr
    assert f"anyway: policylint apply-script --rollback {JOURNAL} --acknowledge" in refused.stderr
    with_plan = done.run("apply-script", "plan.json", "--rollback", JOURNAL, **NOW)
    assert f"anyway: policylint apply-script plan.json --rollback {JOURNAL} --acknowledge" in with_plan.stderr
    done.run("plan", "--from-journal", JOURNAL, "--out", "back.json", **NOW)
    saved = done.run("apply-script", "back.json", **NOW)
    assert f"anyway: policylint plan --from-journal {JOURNAL} --acknowledge" in saved.stderr
    made = done.run("apply-script", "--rollback", JOURNAL, *lifted(done), **NOW)
    assert (0, True) == (made.returncode, made.stdout.startswith("# policylint"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["plan", "--from-journal", "gone.jsonl"], 4, "gone.jsonl: cannot be read"),
        (["plan", "--from-journal", LIVE], 4, "live.json:1:"),
        (["plan", "--from-journal", JOURNAL, "--base", "HEAD"], 3, "--from-journal excludes --base"),
        (["apply-script", "--rollback", "plan.json"], 4, "plan.json:1:"),
        (["apply-script", JOURNAL, "--rollback", JOURNAL], 4, "not a plan"),
        (["plan", "--from-journal", JOURNAL, "--no-snapshot"], 3, "no snapshot of live state is named"),
    ],
)
def test_what_is_wrong_is_said(done: Folder, arguments: list[str], code: int, said: str) -> None:
    found = done.run(*arguments, **NOW)
    assert (code, "") == (found.returncode, found.stdout)
    assert said in found.stderr


def test_live_state_without_devices_cannot_say_who_is_affected(done: Folder) -> None:
    rules = [{"Characteristic": "DeviceOS", "QueryString": "Android 10", "AccessLevel": "Block"}]
    done.write("rules.json", json.dumps(rules))
    config = done.path / "policylint.yaml"
    config.write_text(config.read_text().replace("target: contoso.onmicrosoft.com\n", ""))
    found = done.run("plan", "--from-journal", JOURNAL, "--snapshot", "rules.json", **NOW)
    assert (4, "") == (found.returncode, found.stdout)
    assert "--allow-incomplete" in found.stderr
