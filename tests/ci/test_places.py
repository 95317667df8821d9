"""The jobs of the three places from end to end, on a repository with a branch whose texts are hostile."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.ci.jobs import MARKER, Job, git
from tests.cli.conftest import EXAMPLE, Folder
from tests.requirements import GIT

HOSTILE = (
    "::set-output name=exit-code::0 <!-- policylint --> @everyone ##vso[task.complete result=Succeeded] \\n/approve"
)
PULL = {"pull_request": {"number": 5, "head": {"sha": "d" * 40}}}


@pytest.fixture
def branch(job: Job) -> Job:
    """Return a job whose repository has a branch: a rule that lets more in, and hostile texts in the policy."""
    GIT.require()
    tree = job.tree
    for path in sorted(EXAMPLE.rglob("*")):
        if path.is_file():
            (tree / path.relative_to(EXAMPLE)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tree / path.relative_to(EXAMPLE))
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "base")
    git(tree, "branch", "$(touch${IFS}pwned)")
    path = tree / "policy" / "device-access-rules.yaml"
    text = path.read_text(encoding="utf-8")
    assert "AccessLevel: Quarantine" in text
    text = text.replace("AccessLevel: Quarantine", "AccessLevel: Allow")
    rule = {"Characteristic": "DeviceModel", "QueryString": HOSTILE, "AccessLevel": "Block", "reason": HOSTILE}
    path.write_text(f"{text.rstrip()}\n  - {json.dumps(rule)}\n", encoding="utf-8")
    git(tree, "commit", "--quiet", "--all", "--message", "branch")
    return job


def commands_of_others(printed: str) -> list[str]:
    """Return the lines of a log that are commands to a runner, and not ours."""
    ours: tuple[str, ...] = ("::error ", "::warning ", "::notice ", "##vso[task.logissue ", "##vso[task.uploadsummary]")
    ours += ("##vso[task.setvariable variable=policylintInstalled]true",)
    lines = [line.lstrip() for line in printed.splitlines()]
    return [line for line in lines if line.startswith(("::", "##vso", "##[")) and not line.startswith(ours)]


def test_the_action_on_a_real_policy(branch: Job) -> None:
    branch.use_the_real_policylint()
    code = branch.github(
        base="$(touch${IFS}pwned)", snapshot="live.json", event=PULL, comment="true", sarif="out.sarif"
    )
    assert 1 == code, branch.printed
    (body,) = branch.server.bodies
    assert body.startswith(f"{MARKER}\n### policylint failed: ")
    assert 1 == body.count(MARKER)
    assert "@everyone" not in body
    assert [] == [line for line in body.splitlines() if line.lstrip().startswith("/")]
    for words in ("| test | **failed**: ", "| diff | passed |", "<summary>plan</summary>", "| lint | "):
        assert words in body
    assert "@contoso.com" not in body
    assert branch.outputs["report"]["plan-fingerprint"].startswith("sha256:")
    assert "1" == branch.outputs["report"]["exit-code"]
    assert int(branch.outputs["report"]["warnings"]) > 5
    assert "::error file=policy/tests.yaml,line=" in branch.printed
    assert [] == commands_of_others(branch.printed)
    assert "2.1.0" == json.loads((branch.tree / "out.sarif").read_text(encoding="utf-8"))["version"]
    assert not (branch.tree / "pwned").exists()


def test_the_component_of_gitlab(branch: Job) -> None:
    branch.publish("https://gitlab.example.com/contoso/policylint.git")
    branch.environment |= {
        "CI_SERVER_URL": "https://git.example.com",
        "CI_JOB_TOKEN": "job-token",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "$(touch${IFS}pwned)",
        "TMPDIR": str(branch.folder / "temp"),
    }
    repository = "https://gitlab.example.com/contoso/policylint.git"
    assert 0 == branch.gitlab(repository=repository, version="v0.1.0", strict="true"), branch.printed
    assert [] == [*(branch.folder / "temp").iterdir()]
    run_for_real(branch, {"lint": 1, "test": 1, "diff": 0})
    findings = json.loads(report(branch, "lint", "gitlab"))
    assert {"description", "check_name", "fingerprint", "severity", "location"} <= findings[0].keys()
    assert "testsuites" == ElementTree.fromstring(report(branch, "test", "junit")).tag


def test_the_template_of_azure(branch: Job) -> None:
    branch.environment["SYSTEM_PULLREQUEST_TARGETBRANCH"] = "refs/heads/$(touch${IFS}pwned)"
    branch.stub("diff", 1)
    assert 1 == branch.azure(failOn="any"), branch.printed
    assert "##vso[task.uploadsummary]" in branch.printed
    git(branch.tree, "update-ref", "refs/remotes/origin/$(touch${IFS}pwned)", "$(touch${IFS}pwned)")
    printed = run_for_real(branch, {"lint": 0, "test": 1, "diff": 1})
    assert "##vso[task.logissue " in printed
    assert [] == commands_of_others(printed)
    assert "testsuites" == ElementTree.fromstring(report(branch, "test", "junit")).tag


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("https://gitlab.example.com/a.git", True),
        ("https://gitlab.example.com.evil.example/a.git", False),
        ("https://evil.example/https://gitlab.example.com/a.git", False),
    ],
)
def test_the_token_of_the_job_is_only_for_its_gitlab(job: Job, address: str, given: bool) -> None:
    job.environment |= {"CI_SERVER_URL": "https://gitlab.example.com", "CI_JOB_TOKEN": "job-token"}
    job.program("git", '#!/bin/sh\necho "git $*"\ncase "$*" in *fetch*) cat "${2%/*}/access"; exit 128 ;; esac\n')
    (job.folder / "temp").mkdir(exist_ok=True)
    assert 128 == job.gitlab(repository=address, version="v0.1.0")
    assert f"fetch --quiet --depth 1 -- {address} v0.1.0\n" in job.printed
    rule = (
        '[url "https://gitlab-ci-token:job-token@gitlab.example.com/"]\n  insteadOf = "https://gitlab.example.com/"\n'
    )
    assert given == (rule in job.printed)
    assert given == ("job-token" in job.printed)


def run_for_real(branch: Job, expected: dict[str, int]) -> str:
    """Run what the stub was asked to do in this process, and return what was printed."""
    printed, folder = "", Folder(branch.tree)
    for command, code in expected.items():
        arguments = branch.arguments(command)
        for word in arguments:
            if word.count("=") == 2 and "/" in word:
                Path(word.rpartition("=")[2]).parent.mkdir(parents=True, exist_ok=True)
        done = folder.run(*arguments)
        assert code == done.returncode, (command, done.stderr)
        printed += done.stdout
    assert not (branch.tree / "pwned").exists()
    return printed


def report(branch: Job, command: str, name: str) -> str:
    """Return the report of a format that a command has written."""
    (path,) = [word for word in branch.arguments(command) if word.startswith(f"--format={name}=")]
    return Path(path.rpartition("=")[2]).read_text(encoding="utf-8")
