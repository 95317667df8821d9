"""A project gives the same whatever holds its texts, and the rules' own tests run what the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.adapters.disk import DiskFiles
from policylint.errors import FileError, PolicyError, UsageError
from policylint.project.project import Project
from policylint.project.verify import verify
from policylint.source import Source
from tests.rules.harness import lint
from tests.texts import LIVE, TODAY, TextFiles, project, shared
from tests.worlds import sealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG = "version: 1\nsnapshot: live.json\ncustom-rules: [lint]\nguards: {max-newly-denied: null}\n"
POLICY = """\
organization: {DefaultAccessLevel: Block}
deviceAccessRules:
- {Characteristic: DeviceType, QueryString: PocketPC, AccessLevel: Allow}  # policylint: ignore[nothing] why not
- {Characteristic: DeviceOS, QueryString: iOS, AccessLevel: Allow}
tests:
- {name: a phone, device: {DeviceType: iPhone}, expect: Blocked}
"""
RULE = """\
id: no-block
title: The default blocks
severity: warning
subject: organization
predicate: field-in
params: {field: DefaultAccessLevel, values: [Block]}
message: the default is `{value}`
help: quarantine
"""
TEXTS: Mapping[str, str | bytes] = {
    "policylint.yaml": CONFIG,
    "policy/a.yaml": POLICY,
    "policy/b.yaml": "organization: [\n",
    "lint/own/no-block/rule.yaml": RULE,
    "lint/own/no-block/rule.md": "# no-block\n",
    "live.json": sealed(
        "organization: {DefaultAccessLevel: Allow}\ndeviceAccessRules: []\n",
        [{"DeviceId": "A1", "DeviceOS": "iOS 17.4 21E219"}],
    ),
}


def on_disk(folder: Path, texts: Mapping[str, str | bytes] = TEXTS) -> Project:
    """Return the project of the texts as files below a folder, which is the current one."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Project(DiskFiles(folder), shared(), now=lambda: TODAY)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_disk_and_a_dictionary_give_the_same(folder: Path) -> None:
    disk, texts = on_disk(folder), project(TEXTS)
    assert texts.lint() == disk.lint()
    assert {"syntax", "suppression", "no-block", "access-rule-matches-nothing"} <= {
        found.rule for found in texts.lint().diagnostics
    }
    assert texts.config == disk.config
    assert texts.errors == disk.errors != ()
    one, other = (verify(each, lambda _: each.desired_model) for each in (texts, disk))  # noqa: B023
    assert (one.passed, one.coverage.rules) == (other.passed, other.coverage.rules) == (True, 2)
    for each in (texts, disk):
        own = next(rule for rule in each.rules if rule.id == "no-block")
        assert "# no-block\n" == each.rule_page(own)
        assert each.rule_page(each.rules[0]).startswith(f"# {each.rules[0].id}\n")


def test_a_disk_and_a_dictionary_give_the_same_plan(folder: Path) -> None:
    sound = {name: text for name, text in TEXTS.items() if name != "policy/b.yaml"}
    assert project(sound).plan() == on_disk(folder, sound).plan()


def test_the_program_and_the_tests_of_rules_find_the_same(folder: Path) -> None:
    policy = "deviceAccessRules:\n"
    for characteristic, query in (("DeviceType", "PocketPC"), ("DeviceOS", "iOS"), ("UserAgent", "x ")):
        policy += f"- {{Characteristic: {characteristic}, QueryString: '{query}', AccessLevel: Block}}\n"
    disk = on_disk(folder, {"policylint.yaml": "version: 1\n", "policy/a.yaml": policy})
    assert lint([Source("policy/a.yaml", policy)]).diagnostics == disk.lint().diagnostics
    rules = ("access-rule-matches-nothing", "untidy-query-string")
    assert set(rules) <= {found.rule for found in disk.lint().diagnostics}


def test_what_is_not_there() -> None:
    nothing = project({})
    with pytest.raises(FileError, match="no policy found"):
        _ = nothing.policy
    with pytest.raises(UsageError, match="no snapshot of live state is named"):
        _ = nothing.required_snapshot
    assert (None, None, None) == (nothing.snapshot, nothing.devices, nothing.live_model)
    with pytest.raises(UsageError, match="--env needs"):
        _ = Project(nothing.files, shared(), now=lambda: TODAY, environment="test").config


def test_where_only_environments_have_a_policy_they_are_named() -> None:
    there = project({"policylint.yaml": "version: 1\nenvironments: {west: {}, east: {}}\n"})
    with pytest.raises(FileError) as caught:
        _ = there.policy
    assert "name an environment with --env: east, west" == caught.value.help


@pytest.mark.parametrize(("complete", "number"), [({}, 1), ({"devices": "the connection was lost"}, None)])
def test_devices_count_where_all_were_read(complete: dict[str, bool | str], number: int | None) -> None:
    texts: dict[str, str | bytes] = {"policy.yaml": POLICY}
    texts["live.json"] = sealed(devices=[{"DeviceId": "A1"}], complete=complete)
    found = project(texts, allow_incomplete=complete)
    assert number == (len(found.devices) if found.devices is not None else None)
    assert found.snapshot is not None
    assert 1 == len(found.snapshot.devices)


def test_one_file_does_not_hide_another() -> None:
    found = project({"a.yaml": "a: [", "b.yaml": "", "c.yaml": "[]", "d.yaml": POLICY.replace("[nothing]", "[]")})
    assert ["a.yaml", "b.yaml", "c.yaml"] == sorted({error.span.path for error in found.errors} - {"d.yaml"})
    assert 2 == len(found.policy.state.rules or {})


def test_the_data_of_the_program_is_read_once() -> None:
    one = project({"policy.yaml": POLICY})
    assert one.rules is shared().rules
    assert one.resources is one.with_files(one.files).resources


def test_nothing_is_computed_from_a_policy_that_is_not_valid() -> None:
    broken = project({"policy.yaml": "organization: {DefaultAccessLevel: Alow}", "live.json": sealed()})
    for compute in (broken.simulate, broken.plan):
        with pytest.raises(PolicyError, match="the policy is not valid: `DefaultAccessLevel` is `Alow`") as caught:
            compute()
        assert ("write `Allow`", "policy.yaml:1:36") == (caught.value.help, str(caught.value.span))
    sound = project({"policy.yaml": POLICY, "live.json": sealed("organization: {DefaultAccessLevel: Allow}")})
    assert (0, 3) == (sound.simulate().total, len(sound.plan().steps))


def test_it_says_what_it_is_doing() -> None:
    said: list[str] = []
    files = TextFiles({"a.yaml": "organization: {DefaultAccessLevel: Block}\n", LIVE: sealed()})
    run = Project(files, shared(), now=lambda: TODAY, snapshot=(LIVE,), doing=said.append)
    run.plan()
    run.simulate()
    assert said == [
        *("reading the policy", "putting the policy together", "reading live state"),
        *(
            "putting live state together",
            "laying the policy over live state",
            "checking the policy",
            "planning",
            "deciding about devices",
        ),
    ]
