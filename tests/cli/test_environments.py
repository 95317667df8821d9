"""`policylint environments` and `policylint plan --all-environments`: many organizations in one repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from tests.hostile.world import TEXTS
from tests.sealed import HEADER, Row, seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMAS = Path(__file__).parents[2] / "schemas" / "output"
NOW = {"SOURCE_DATE_EPOCH": "1795435200"}
RULE = "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}\n"
CONFIG = """\
version: 1
policies: [shared.yaml]
guards: {snapshot-max-age-hours: null, max-newly-denied: 1, max-newly-denied-percent: null}
environments:
  west: {snapshot: west.json, target: west.example}
  east: {snapshot: east.json, policies: [shared.yaml, "east/*.yaml"], edition: exchange-online}
  lost: {snapshot: lost.json}
"""


def live(name: str, devices: int = 0, level: str = "Allow") -> bytes:
    """Return a snapshot of an organization with devices that a default decides about."""
    header: Row = {**HEADER, "organization": f"{name}.example", "tenant": None, "organizationGuid": f"guid-of-{name}"}
    phones = [
        {"DeviceId": f"D{number}", "mailbox": "kim@contoso.com", "DeviceType": "Android", "ClientType": "EAS"}
        for number in range(devices)
    ]
    return seal(
        header,
        organization={"DefaultAccessLevel": level, "Guid": f"guid-of-{name}"},
        deviceAccessRules=[],
        mobileDeviceMailboxPolicies=[],
        mailboxes=[{"PrimarySmtpAddress": "kim@contoso.com"}],
        devices=phones,
    )


@pytest.fixture
def world(folder: Folder) -> Folder:
    """Return a repository of three environments, one of which has no snapshot and one of which denies three devices."""
    folder.write("policylint.yaml", CONFIG)
    folder.write("shared.yaml", RULE)
    folder.write("east/a.yaml", "organization: {DefaultAccessLevel: Block}\n")
    folder.write("west.json", live("west"))
    folder.write("east.json", live("east", devices=3))
    return folder


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return found


def listed(folder: Folder, *arguments: str) -> list[str | None]:
    done = folder.run("environments", "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    jsonschema.Draft202012Validator(schema("environments-v1")).validate(record)
    return [each["name"] for each in record["environments"]]


def test_they_are_listed_by_name_with_what_tells_them_apart(world: Folder) -> None:
    done = world.run("environments")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["3", "environments"] == lines[0]
    assert ["east", "exchange-online", "east.json", "shared.yaml,", "east/*.yaml", "(2", "files)"] == lines[3]
    assert ["lost", "exchange-online", "lost.json", "(not", "there)", "shared.yaml", "(1", "file)"] == lines[4]
    assert ["west", "exchange-online", "west.example", "west.json", "shared.yaml", "(1", "file)"] == lines[5]


def test_json_says_the_same(world: Folder) -> None:
    assert ["east", "lost", "west"] == listed(world)
    record = json.loads(world.run("environments", "--format", "json").stdout)
    assert [True, False, True] == [each["snapshotThere"] for each in record["environments"]]
    assert ["west.json"] == record["environments"][2]["snapshot"]


def test_without_environments_the_settings_are_one(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    assert [None] == listed(folder)
    assert {
        "include": [{"name": "default", "env": "", "edition": "exchange-online", "target": "", "snapshot": ""}]
    } == (json.loads(folder.run("environments", "--format", "github-matrix").stdout))


def test_settings_of_their_own_beside_environments_are_one_more(world: Folder) -> None:
    """With policy files alone they are what environments share."""
    assert None not in listed(world)
    world.write(
        "policylint.yaml", CONFIG.replace("policies: [shared.yaml]", "policies: [shared.yaml]\nsnapshot: a.json")
    )
    assert [None, "east", "lost", "west"] == listed(world)
    world.write("policylint.yaml", CONFIG.replace("policies: [shared.yaml]", "snapshot: a.json"))
    assert None not in listed(world)


def test_what_is_wrong_with_one_is_said_and_stops_no_other(world: Folder) -> None:
    world.write("policylint.yaml", CONFIG + "  north: {policies: [nowhere/*.yaml]}\n")
    done = world.run("environments")
    assert (0, "") == (done.returncode, done.stderr)
    assert "error: north: policylint.yaml:8:22: `nowhere/*.yaml` matches no file\n  = help: " in done.stdout
    record = json.loads(world.run("environments", "--format", "json").stdout)
    assert [None, None, "`nowhere/*.yaml` matches no file", None] == [
        (each["problem"] or {}).get("message") for each in record["environments"]
    ]


def test_some_are_chosen_by_name(world: Folder) -> None:
    assert ["east", "west"] == listed(world, "--only", "*ast", "--only", "w?st", "--only", "no*")
    assert ["lost"] == listed(world, "--only", "lo*")
    done = world.run("environments", "--only", "north")
    assert (3, "error: --only matches no environment\n  = help: there are: east, lost, west\n") == (
        done.returncode,
        done.stderr,
    )


def test_the_matrix_of_github_is_one_line_whatever_a_name_is(folder: Folder) -> None:
    names = [name for name in TEXTS.values() if name == json.loads(json.dumps(name))]
    environments = "".join(f"  {json.dumps(name)}: {{}}\n" for name in names if _is_written(name))
    folder.write("policylint.yaml", f"version: 1\nenvironments:\n{environments}")
    done = folder.run("environments", "--format", "github-matrix")
    assert 0 == done.returncode, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.isascii()
    assert "##[" not in line
    assert "##vso[" not in line
    made = json.loads(line)["include"]
    assert sorted(filter(_is_written, names)) == [each["env"] for each in made]
    done = folder.run("environments", "--format", "gitlab")
    jobs = yaml.safe_load(done.stdout)
    assert [{"local": ".gitlab/policylint.yml"}] == jobs.pop("include")
    assert sorted(filter(_is_written, names)) == [job["variables"]["POLICYLINT_ENV"]["value"] for job in jobs.values()]


def _is_written(name: str) -> bool:
    """Return whether a name can be a key of a file that policylint reads."""
    from policylint.source import Source
    from policylint.syntax.parse import parse

    return not parse(Source("a.yaml", f"{json.dumps(name)}: 1\n"))[1]


def test_github_takes_256_jobs(folder: Folder) -> None:
    environments = "".join(f"  e{number}: {{}}\n" for number in range(257))
    folder.write("policylint.yaml", f"version: 1\nenvironments:\n{environments}")
    done = folder.run("environments", "--format", "github-matrix")
    assert (3, "") == (done.returncode, done.stdout)
    assert "at most 256 jobs, and there are 257 environments" in done.stderr
    some = folder.run("environments", "--format", "github-matrix", "--only", "e1*")
    assert 111 == len(json.loads(some.stdout)["include"])
    jobs = yaml.safe_load(folder.run("environments", "--format", "gitlab").stdout)
    assert 258 == len(jobs)


def test_each_job_of_gitlab_extends_one_of_the_repository(world: Folder) -> None:
    done = world.run("environments", "--format", "gitlab", "--include", "ci/job.yml", "--only", "east")
    assert {
        "include": [{"local": "ci/job.yml"}],
        "policylint east": {
            "extends": ".policylint",
            "variables": {"POLICYLINT_ENV": {"value": "east", "expand": False}},
        },
    } == yaml.safe_load(done.stdout)
    done = world.run("environments", "--include", "ci/job.yml")
    assert (3, "error: --include is for --format gitlab") == (done.returncode, done.stderr.splitlines()[0])


def git(folder: Folder, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@contoso.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *names, *arguments], cwd=folder.path, check=True, capture_output=True)


def test_only_what_a_branch_changes(world: Folder) -> None:
    (world.path / ".git").rmdir()
    git(world, "init")
    git(world, "add", ".")
    git(world, "commit", "-m", "a")
    git(world, "checkout", "-b", "branch")
    changed = ("--changed-since", "main")
    assert [] == listed(world, *changed)
    world.write("east/a.yaml", "organization: {DefaultAccessLevel: Quarantine}\n")
    assert ["east"] == listed(world, *changed)
    world.write("policylint.yaml", CONFIG.replace("lost.json", "found.json"))
    assert ["east", "lost"] == listed(world, *changed)
    git(world, "checkout", ".")
    world.write("west.json", live("west", devices=1))
    assert ["west"] == listed(world, *changed)
    world.write("east/b.yaml", "organization: {UserMailInsert: Wait.}\n")
    assert ["east", "west"] == listed(world, *changed)
    git(world, "add", ".")
    git(world, "commit", "-m", "b")
    world.write("shared.yaml", RULE.replace("iPhone", "iPad"))
    assert ["east", "lost", "west"] == listed(world, *changed)
    done = world.run("environments", "--changed-since", "nothing")
    assert (3, True) == (done.returncode, "no revision `nothing`" in done.stderr)


def test_a_snapshot_that_git_does_not_have_is_no_change(world: Folder) -> None:
    (world.path / ".git").rmdir()
    git(world, "init")
    world.write(".gitignore", "*.json\n")
    git(world, "add", ".")
    git(world, "commit", "-m", "a")
    world.write("west.json", live("west", devices=1))
    assert [] == listed(world, "--changed-since", "HEAD")
    done = world.run("environments", "--changed-since", "HEAD", "--format", "github-matrix")
    assert '{"include": []}\n' == done.stdout
    done = world.run("environments", "--changed-since", "HEAD", "--format", "gitlab")
    assert [["script"]] == [list(job) for job in yaml.safe_load(done.stdout).values()]


def planned(folder: Folder, *arguments: str, code: int) -> str:
    done = folder.run("plan", "--all-environments", *arguments, **NOW)
    assert code == done.returncode, done.stderr
    return done.stdout


def test_the_plans_of_all_are_one_table(world: Folder) -> None:
    lines = planned(world, code=4).splitlines()
    assert (
        "3 environments: 1 cannot be planned, 1 refused, 2 would change in 3 steps; 3 devices newly denied" == lines[0]
    )
    rows = [line.split() for line in lines[3:6]]
    assert ["east", "east.example", "2", "3", "0", "0", "refused", "by", "max-newly-denied"] == rows[0]
    assert ["lost", "lost.json:"] == rows[1][:2]
    assert ["west", "west.example", "1", "0", "0", "0"] == rows[2]
    assert any(line.startswith("error: lost: lost.json: ") for line in lines)


def test_they_are_json_too(world: Folder) -> None:
    record = json.loads(planned(world, "--format", "json", code=4))
    jsonschema.Draft202012Validator(schema("plans-v1")).validate(record)
    assert [("east", 1), ("lost", 4), ("west", 0)] == [
        (each["name"], each["exitCode"]) for each in record["environments"]
    ]
    assert (3, 3, 1, 1) == tuple(record["total"][name] for name in ("steps", "newlyDenied", "refused", "failed"))


def test_each_line_says_what_the_plan_of_the_environment_says(world: Folder) -> None:
    """The table is the plans of single runs, in numbers."""
    rows = {each["name"]: each for each in json.loads(planned(world, "--format", "json", code=4))["environments"]}
    for name in ("east", "west"):
        done = world.run("plan", "--env", name, "--format", "json", **NOW)
        alone = json.loads(done.stdout)
        row = rows[name]
        assert (alone["fingerprint"], len(alone["steps"]), len(alone["drift"])) == (
            row["fingerprint"],
            row["steps"],
            row["drift"],
        )
        assert [each["message"] for each in alone["refusals"]] == [each["message"] for each in row["refusals"]]
        assert alone["impact"]["newlyAllowed"] == row["newlyAllowed"]
        assert done.returncode == row["exitCode"]
    assert 4 == world.run("plan", "--env", "lost").returncode


@pytest.mark.parametrize(
    ("config", "arguments", "code"),
    [
        (CONFIG.partition("  east")[0], (), 0),
        (CONFIG.partition("  east")[0], ("--detailed-exitcode",), 2),
        (CONFIG.partition("  lost")[0], ("--detailed-exitcode",), 1),
        (CONFIG.partition("  lost")[0] + "  north: {snapshot: west.json, policies: [no/*.yaml]}\n", (), 3),
        (CONFIG.partition("  lost")[0] + "  north: {snapshot: west.json, policies: [bad.yaml]}\n", (), 1),
        (CONFIG, ("--detailed-exitcode",), 4),
    ],
)
def test_the_exit_code_is_the_worst(world: Folder, config: str, arguments: tuple[str, ...], code: int) -> None:
    world.write("bad.yaml", "organization: {DefaultAccessLevel: Maybe}\n")
    world.write("policylint.yaml", config)
    planned(world, *arguments, code=code)


def test_a_policy_that_is_not_valid_is_a_problem_with_a_place(world: Folder) -> None:
    world.write("east/a.yaml", "organization: {DefaultAccessLevel: Maybe}\n")
    record = json.loads(planned(world, "--format", "json", code=4))
    problem = record["environments"][0]["problem"]
    assert problem["message"].startswith("the policy is not valid: ")
    assert "east/a.yaml:1:36" == problem["place"]
    assert 1 == record["environments"][0]["exitCode"]


def test_each_plan_is_saved_for_a_script(world: Folder) -> None:
    record = json.loads(planned(world, "--out", "plans", "--format", "json", code=4))
    assert ["plans/plan-east.json", None, "plans/plan-west.json"] == [each["file"] for each in record["environments"]]
    saved = json.loads((world.path / "plans" / "plan-west.json").read_text())
    assert record["environments"][2]["fingerprint"] == saved["fingerprint"]
    assert 0 == world.run("apply-script", "--env", "west", "plans/plan-west.json", **NOW).returncode
    assert 1 == world.run("apply-script", "--env", "east", "plans/plan-east.json", **NOW).returncode
    done = world.run("plan", "--all-environments", "--out", "plans", **NOW)
    assert (3, "error: plans is not empty") == (done.returncode, done.stderr.splitlines()[0])


def test_a_plan_and_its_report_name_the_environment(world: Folder) -> None:
    done = world.run("plan", "--env", "west", "--out", "plan.json", "--format", "html", **NOW)
    assert "<dt>Environment</dt><dd>west</dd>" in done.stdout
    assert done.stdout == world.run("show", "plan", "plan.json", "--format", "html", **NOW).stdout
    assert ", environment west\n" in world.run("show", "plan", "plan.json", **NOW).stdout


def test_a_name_is_never_a_path(world: Folder) -> None:
    names = ["../up", "a/b", "CON", "."]
    environments = "".join(f"  {json.dumps(name)}: {{snapshot: west.json}}\n" for name in names)
    world.write("policylint.yaml", CONFIG.partition("environments:")[0] + "environments:\n" + environments)
    planned(world, "--out", "plans", code=0)
    found = {path.relative_to(world.path / "plans").as_posix() for path in (world.path / "plans").rglob("*")}
    assert {"plan-..%2Fup.json", "plan-a%2Fb.json", "plan-CON.json", "plan-..json"} == found


def test_names_that_differ_in_case_alone_are_no_two_files(world: Folder) -> None:
    world.write("policylint.yaml", CONFIG + "  West: {snapshot: west.json}\n")
    done = world.run("plan", "--all-environments", "--out", "plans", **NOW)
    assert (3, False) == (done.returncode, (world.path / "plans").exists())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--env", "west"),
        ("--snapshot", "west.json"),
        ("--acknowledge", "x"),
        ("--base", "HEAD"),
        ("--full",),
        ("--rings", "50%"),
        ("--from-journal", "a.jsonl"),
        ("--format", "html"),
        ("--show-people", "--format", "markdown"),
    ],
)
def test_what_is_for_one_plan_is_refused(world: Folder, arguments: tuple[str, ...]) -> None:
    done = world.run("plan", "--all-environments", *arguments)
    assert (3, "") == (done.returncode, done.stdout)
    assert "error: " in done.stderr


def test_a_comment_and_annotations_name_no_text_of_a_policy(world: Folder) -> None:
    world.write("east/a.yaml", "organization: {DefaultAccessLevel: kim@contoso.com}\n")
    comment = planned(world, "--format", "markdown", code=4)
    assert comment.startswith("### 3 environments: 2 cannot be planned, 1 would change in 1 step")
    assert "kim@" not in comment
    assert "policylint plan --env east" in comment
    said = planned(world, "--format", "github", code=4).splitlines()
    assert 3 == len(said)
    assert said[0].startswith("::error title=policylint plan::east: cannot be planned")
    assert "kim@" not in "".join(said)


def test_entries_with_matches_are_as_in_a_run_over_one_environment(world: Folder) -> None:
    """The lock is shared, so what all environments declare counts in each of them."""
    world.write("shared.yaml", RULE)
    world.write(
        "east/a.yaml",
        "deviceAccessRules:\n- {Characteristic: DeviceModel, matches: {one-of: [A1, B2]}, AccessLevel: Allow}\n",
    )
    rows = {each["name"]: each for each in json.loads(planned(world, "--format", "json", code=4))["environments"]}
    alone = json.loads(world.run("plan", "--env", "east", "--format", "json", **NOW).stdout)
    assert alone["fingerprint"] == rows["east"]["fingerprint"]
