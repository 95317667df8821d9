"""`policylint rules test`: a rule has to find what its examples say, and what is wrong is said at its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Folder
from tests.sealed import seal
from tests.texts import output_schema

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[2]
AT = "lint/house/open-default"
RULE = """\
title: The default admits every device
severity: warning
subject: organization
predicate: field-in
params: {field: DefaultAccessLevel, values: [Allow]}
message: "`{field}` is `{value}`"
help: "set `Block`"
"""
GOOD = "organization:\n  DefaultAccessLevel: Block\n"
BAD = "organization:\n  DefaultAccessLevel: Allow  # expect: open-default\n"
STEPS = """\
title: A device access rule is created
severity: error
subject: step
predicate: step-is
params: {action: [create], kind: deviceAccessRule}
message: "`{identity}` would be created"
help: "write none"
"""
ACCESS_RULE = """\
deviceAccessRules:
  - Characteristic: DeviceModel
    QueryString: iPhone14C5
    AccessLevel: Block
"""


@pytest.fixture
def house(folder: Folder) -> Folder:
    """Return a repository with a rule of its own whose examples hold."""
    folder.write("policylint.yaml", "version: 1\ncustom-rules: [lint/]\n")
    folder.write(f"{AT}/rule.yaml", RULE)
    folder.write(f"{AT}/good/example.yaml", GOOD)
    folder.write(f"{AT}/bad/example.yaml", BAD)
    return folder


def test_a_new_rule_passes_as_the_next_command_says(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\ncustom-rules: [lint/]\n")
    made = folder.run("rules", "new", "house/open-default").stdout
    assert made.endswith(f"next: change it, then `policylint rules test {AT}`\n")
    done = folder.run("rules", "test", AT)
    assert (0, "passed  open-default, 2 examples\n\n1 rule passed\n", "") == (done.returncode, done.stdout, done.stderr)


FLAWS = {
    "no-mark": ("bad/example.yaml", GOOD, "{0}: a bad example marks no line: write `# expect: no-mark`"),
    "not-found": ("bad/example.yaml", BAD.replace("Allow", "Block"), "{0}:2: marked, and the rule does not find it"),
    "not-marked": ("bad/two.yaml", BAD.partition("  #")[0], "{0}:2: found, and not marked: `DefaultAccessLevel` is"),
    "good-marks": ("good/example.yaml", BAD, "{0}:2: a good example marks a finding"),
    "another-rule": ("good/two.yaml", f"{GOOD}# expect: fmt\n", "{0}:3: `fmt` is another rule, which is not run"),
    "not-valid": ("good/two.yaml", "organisation: {}\n", "{0}:1: an example is a valid policy: "),
    "not-yaml": ("good/two.yaml", "a: [\n", "{0}:2: an example is a valid policy: "),
    "settings": ("good/two.yaml", f"{GOOD}# policylint.yaml: {{x: 1}}\n", "{0}:3: policylint.yaml: "),
    "live-alone": ("good/two.live.json", "{}", "{0}: belongs to no example: there is no "),
    "lock-alone": ("good/two.lock", "a", "{0}: belongs to no example: there is no "),
    "live-not-json": ("good/example.live.json", "{", "{0}: live state cannot be read: line 1"),
    "live-deep": ("good/example.live.json", "[" * 99_999, "{0}: live state cannot be read: deeper than 32 levels"),
    "live-odd": ("good/example.live.json", '{"devices": 5}', '{0}: live state cannot be read: "devices" is a list'),
    "lock": ("good/example.lock", "a: [", "{0}:1: an example is a valid policy: "),
}
"""By rule: which file of it has what flaw, and how that is said."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Return what is said of all the flaws in one run."""
    folder = Folder(tmp_path_factory.mktemp("flaws"))
    for identifier, (name, text, _) in FLAWS.items():
        at = f"lint/house/{identifier}"
        folder.write(f"{at}/rule.yaml", RULE)
        folder.write(f"{at}/good/example.yaml", GOOD)
        folder.write(f"{at}/bad/example.yaml", BAD.replace("open-default", identifier))
        folder.write(f"{at}/{name}", text.replace("open-default", identifier))
    return folder.run("rules", "test", "lint")


@pytest.mark.parametrize("identifier", FLAWS)
def test_what_is_wrong_is_said_at_its_place(said: subprocess.CompletedProcess[str], identifier: str) -> None:
    name, _, expected = FLAWS[identifier]
    assert (1, "") == (said.returncode, said.stderr)
    (_, of_rule) = f"\n{said.stdout}".split(f"\nfailed  {identifier}, ")
    assert f"\n  {expected.format(f'lint/house/{identifier}/{name}')}" in of_rule.partition("\nfailed  ")[0]


def test_a_rule_without_examples_fails(house: Folder) -> None:
    house.write("lint/house/other-rule/rule.yaml", RULE)
    done = house.run("rules", "test", "--format", "json")
    found = json.loads(done.stdout)
    output_schema("rules-test").validate(found)
    assert (1, False) == (done.returncode, found["passed"])
    assert ["passed", "failed"] == [rule["outcome"] for rule in found["rules"]]
    assert ["lint/house/other-rule/bad", "lint/house/other-rule/good"] == [
        problem["path"] for problem in found["rules"][1]["problems"]
    ]


NEEDS_LIVE_STATE = """\
title: A device is on both lists of its mailbox
severity: warning
subject: mailbox
predicate: device-id-in-both-lists
params: {allowed: ActiveSyncAllowedDeviceIDs, blocked: ActiveSyncBlockedDeviceIDs}
message: "`{value}` is on both lists"
help: "leave it on one"
"""
BOTH = "mailboxes:\n  - Identity: ann@contoso.com\n    ActiveSyncAllowedDeviceIDs: [AppleDQ7]  # expect: open-default\n"


def test_live_state_is_written_in_short_as_the_page_says_or_sealed(house: Folder) -> None:
    page = (ROOT / "docs" / "custom-rules.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```json\n(.+?)^```$", page, re.MULTILINE | re.DOTALL)
    short = json.loads(text)
    house.write(f"{AT}/rule.yaml", NEEDS_LIVE_STATE)
    short["mailboxes"][0]["ActiveSyncBlockedDeviceIDs"] = ["AppleDQ7"]
    house.write(f"{AT}/bad/example.yaml", BOTH)
    house.write(f"{AT}/bad/example.live.json", json.dumps(short))
    for name in ("sealed", "changed"):
        house.write(f"{AT}/bad/{name}.yaml", BOTH)
        sealed = seal(mailboxes=short["mailboxes"]).decode()
        house.write(f"{AT}/bad/{name}.live.json", sealed.replace("ann", "eve") if name == "changed" else sealed)
    said = house.run("rules", "test").stdout
    assert said.startswith(f"failed  open-default, 4 examples\n  {AT}/bad/changed.live.json: ")
    assert 1 == said.count("\n  "), "the others hold"


def test_rules_are_found_at_any_depth_and_an_example_may_be_called_as_a_rule(house: Folder) -> None:
    (house.path / AT / "bad" / "example.yaml").rename(house.path / AT / "bad" / "rule.yaml")
    assert 2 == house.run("rules", "test", ".", AT).stdout.count("passed  open-default, 2 examples")
    assert 0 == house.run("rules", "test").returncode


def test_a_rule_that_is_not_well_formed_is_refused_at_its_place(house: Folder) -> None:
    for text in ("title: [", RULE.replace("{value}", "{value.__class__}")):
        house.write(f"{AT}/rule.yaml", text)
        done = house.run("rules", "test")
        assert (4, "") == (done.returncode, done.stdout)
        assert done.stderr.startswith(f"{AT}/rule.yaml:")


def test_what_leads_out_of_the_repository_is_not_read(house: Folder) -> None:
    example = house.path / AT / "good" / "example.yaml"
    example.unlink()
    example.symlink_to("/etc/passwd")
    done = house.run("rules", "test")
    assert (4, "") == (done.returncode, done.stdout)
    assert f"error: {AT}/good/example.yaml: a link out of the repository\n" in done.stderr


def test_links_that_go_round_in_circles_end(house: Folder) -> None:
    (house.path / "lint" / "again").symlink_to(house.path / "lint")
    assert 0 == house.run("rules", "test", "lint").returncode


def test_rules_about_steps_are_tried_on_a_plan(house: Folder) -> None:
    house.write(f"{AT}/rule.yaml", STEPS)
    house.write(f"{AT}/bad/example.yaml", f"{ACCESS_RULE}# expect: open-default\n")
    house.write(f"{AT}/bad/example.live.json", '{"organization": {"DefaultAccessLevel": "Allow"}}')
    house.write(f"{AT}/good/example.live.json", '{"organization": {"DefaultAccessLevel": "Allow"}}')
    done = house.run("rules", "test")
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    house.write(f"{AT}/bad/example.yaml", f"{ACCESS_RULE}# expect: open-default\n# expect: open-default\n")
    (house.path / AT / "good" / "example.live.json").unlink()
    text = house.run("rules", "test").stdout
    assert f"{AT}/bad/example.yaml: 2 steps marked, 1 found: create `iPhone14C5 (DeviceModel)`" in text
    assert f"{AT}/good/example.yaml: a plan needs live state: write {AT}/good/example.live.json" in text


def test_our_own_rules_pass(folder: Folder) -> None:
    from policylint.adapters.resources import rules_folder

    done = folder.run("rules", "test", str(rules_folder() / "organization"))
    assert (0, "") == (done.returncode, done.stderr)
    assert " rules passed\n" in done.stdout
