"""The steps of the action: what they run, with which settings, and what the job ends with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.ci.jobs import SCRIPT, Job, outputs
from tools.ci import comment

if TYPE_CHECKING:
    from pathlib import Path

PULL = {"pull_request": {"number": 5, "head": {"sha": "d" * 40}}}


def test_all_is_run_and_nothing_fails(job: Job) -> None:
    assert 0 == job.github(snapshot="live state.json", base="origin/main", sarif="out.sarif")
    sarif = f"--format=sarif={job.folder}/temp/policylint/lint.sarif"
    assert {"--format=github", "--format=text", sarif, "--max-size=10000"} < {*job.arguments("lint")}
    assert {"--format=github", "--snapshot=live state.json", "--max-size=8000"} < {*job.arguments("test")}
    assert "--base=origin/main" in job.arguments("diff")
    assert {"--base=origin/main", "--snapshot=live state.json", "--max-size=32000"} < {*job.arguments("plan")}
    assert {
        "exit-code": "0",
        "findings": "1",
        "errors": "0",
        "warnings": "0",
        "plan-fingerprint": f"sha256:{'a' * 64}",
        "comment-folder": str(job.folder / "temp" / "policylint" / "comment"),
    } == job.outputs["report"]
    assert "--format=text" not in job.arguments("plan") + job.arguments("diff")  # the log of a job names nobody
    left = {path.name for path in (job.folder / "temp" / "policylint").iterdir()}
    assert set() == left & {"plan.json", "lint.json", "test.json"}


def test_without_base_and_snapshot_there_is_no_diff_and_no_plan(job: Job) -> None:
    assert 0 == job.github()
    assert [] == job.arguments("diff") + job.arguments("plan")
    assert "| diff | not run |\n| plan | not run |" in job.files["summary"]
    assert "" == job.outputs["report"]["plan-fingerprint"]


def test_each_check_runs_whatever_the_others_say(job: Job) -> None:
    job.stub("lint", 1)
    job.stub("test", 4)
    assert 4 == job.github(snapshot="live.json", base="main")
    assert all(job.arguments(command) for command in ("lint", "test", "diff", "plan"))
    assert "4" == job.outputs["report"]["exit-code"]
    assert "### policylint failed: lint, test\n" in job.files["summary"]
    assert "| test | **could not run**: see the log of the job |" in job.files["summary"]


def test_the_base_branch_of_a_pull_request_is_the_base(job: Job) -> None:
    job.environment["GITHUB_BASE_REF"] = "$(touch pwned)"
    assert 0 == job.github(without=TELLING)
    assert "--base=refs/remotes/origin/$(touch pwned)" in job.arguments("diff")
    assert [] == [*job.tree.iterdir()]


SETTINGS = ("config", "env", "snapshot", "base", "sarif")
HOSTILE = (
    '"; touch pwned; "',
    "$(touch pwned)",
    "`touch pwned`",
    "a b  c",
    "' || touch pwned #",
    "*",
    "~",
    "a=b=",
    "&& touch pwned",
    "\\",
    "%0A::error::x",
)


TELLING = ("report", "comment", "result")


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 5))
def test_a_setting_is_one_argument_whatever_is_in_it(job: Job, first: int) -> None:
    values: dict[str, Any] = dict(zip(SETTINGS, (HOSTILE * 2)[first:], strict=False))
    assert 0 == job.github(without=TELLING, **values)
    assert {
        f"--config={values['config']}",
        f"--env={values['env']}",
        f"--snapshot={values['snapshot']}",
    } < {*job.arguments("lint")}
    assert f"--base={values['base']}" in job.arguments("diff")
    assert f"--base={values['base']}" in job.arguments("plan")
    assert [] == [*job.tree.iterdir()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "--output=x") for name in (*SETTINGS, "python")),
        *(("base", value) for value in ("a\nb", "a\r::error::x", "\x1b[2J")),
    ],
)
def test_a_setting_that_is_no_plain_line_is_refused(job: Job, name: str, value: str) -> None:
    settings: dict[str, Any] = {name: value}
    assert 3 == job.github(**settings)
    assert {"install": "failure"} == job.outcomes
    assert job.printed.startswith(f"::error title=policylint::{name} must ")
    assert value not in job.printed


@pytest.mark.parametrize(
    ("name", "value"),
    [("strict", "yes"), ("comment", "1"), ("only_new", "TRUE"), ("fail_on", "wider"), ("strict", "a\nb")],
)
def test_a_setting_that_is_no_choice_is_refused(job: Job, name: str, value: str) -> None:
    settings: dict[str, Any] = {name: value}
    assert 3 == job.github(**settings)
    assert "must be one of: " in job.printed


def test_choices_are_options(job: Job) -> None:
    assert 0 == job.github(without=TELLING, strict="true", only_new="true", fail_on="looser", base="main")
    assert {"--strict", "--base=main"} < {*job.arguments("lint")}
    assert "--all" not in job.arguments("lint")
    assert "--fail-on=looser" in job.arguments("diff")


def test_lint_has_the_base_to_say_what_is_checked_less(job: Job) -> None:
    assert 0 == job.github(without=TELLING, base="main")
    assert {"--base=main", "--all"} < {*job.arguments("lint")}


def test_only_new_without_a_base_is_all(job: Job) -> None:
    assert 0 == job.github(without=TELLING, only_new="true")
    assert [] == [word for word in job.arguments("lint") if word.startswith("--base")]


def test_no_module_of_the_repository_is_loaded(job: Job) -> None:
    names = {"pip.py", "venv.py", "json.py", "sitecustomize.py", "re.py", "zipfile.py", "policylint.py"}
    for name in names:
        (job.tree / name).write_text("import pathlib\npathlib.Path('pwned').touch()\n", encoding="utf-8")
    assert 0 == job.github(event=PULL, comment="true")
    assert names == {path.name for path in job.tree.iterdir()}
    assert 1 == len(job.server.bodies)


def test_an_output_cannot_make_another(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"fingerprint": "sha256:a\\nend\\nexit-code<<x\\n0\\nx"}', encoding="utf-8")
    (tmp_path / "lint.json").write_text('{"summary": {"error": "1\\nexit-code=0", "warning": 2}}', encoding="utf-8")
    (tmp_path / "plan.code").write_text("1\n", encoding="utf-8")
    found = comment.outputs(tmp_path, comment.checks(tmp_path))
    assert ["1", "2", "0", "2", ""] == [*found.values()]


def test_outputs_with_several_lines_are_one(job: Job) -> None:
    function = re.search(r"^set_output\(\) \{$.*?^\}$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert function
    value, path = "1\nEOF\nb<<EOF\n3\nEOF", job.folder / "out"
    script = f'{function[0]}\nset_output a "$VALUE"\nset_output b 2\n'
    assert 0 == job.bash(script, {"GITHUB_OUTPUT": str(path), "VALUE": value})
    assert {"a": value, "b": "2"} == outputs(path.read_text(encoding="utf-8"))


def test_a_step_without_the_first_says_so(job: Job) -> None:
    job.environment["RUNNER_TEMP"] = str(job.folder / "elsewhere")
    script = f'bash "{SCRIPT}" lint'
    assert 3 == job.bash(script, {"GITHUB_ACTIONS": "true"})
    assert "::error title=policylint::the step `install` has not run" in job.printed


def test_a_second_run_in_a_job_starts_anew(job: Job) -> None:
    job.stub("lint", 1)
    assert 1 == job.github(snapshot="live.json", without=("report", "comment"))
    job.stub("lint", 0)
    assert 0 == job.github(without=("comment",))
    assert "| plan | not run |" in job.files["summary"]


def test_a_python_that_is_too_old_is_named(job: Job, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    assert 3 == job.github(python=str(old))
    assert "Python 3.11 or later is needed" in job.printed


def test_a_check_that_dies_has_not_passed(job: Job) -> None:
    """Killed by the machine, or with its shell, or never begun."""
    job.stub("lint", 137)
    job.program("killer", '#!/bin/sh\n[ "$1" != test ] || kill -9 $PPID\nexec "$STUB/../bin/stub" "$@"\n')
    job.environment["FAKE_POLICYLINT"] = str(job.folder / "bin" / "killer")
    assert 0 != job.github(base="main", event=PULL, comment="true", without=("diff",))
    assert {"test": "failure", "result": "failure", "lint": "success"}.items() <= job.outcomes.items()
    assert "4" == job.outputs["report"]["exit-code"]
    (body,) = job.server.bodies
    assert "### policylint failed: lint, test, diff\n" in body
    assert "| plan | not run |" in body


@pytest.mark.parametrize(
    ("config", "name", "expected"),
    [("", "", ""), ("b/policylint.yaml", "", "b/policylint.yaml"), ("b/x.yaml", "Mail of EU-1", "Mail of EU-1")],
)
def test_each_job_of_a_pull_request_has_a_comment(job: Job, config: str, name: str, expected: str) -> None:
    assert 0 == job.github(event=PULL, comment="true", config="other.yaml")
    first = job.outputs["report"]["comment-folder"]
    for _ in range(2):
        assert 0 == job.github(event=PULL, comment="true", config=config, name=name)
    assert first != job.outputs["report"]["comment-folder"]
    other, body = job.server.bodies
    assert other.startswith("<!-- policylint: other.yaml -->\n### policylint (<code>other.yaml</code>) passed\n")
    assert body.startswith(f"{comment.marker(expected)}\n### policylint")
    assert not expected or f"<code>{expected}</code>" in body


def test_a_name_that_is_no_plain_word_is_told_from_others(job: Job) -> None:
    for config in ("a-->b.yaml", "a@>b.yaml", "x" * 90, "x" * 91):
        assert 0 == job.github(event=PULL, comment="true", config=config)
    assert 4 == len({body.splitlines()[0] for body in job.server.bodies}) == len(job.server.bodies)
    assert all(comment.MARKERS.fullmatch(body.splitlines()[0]) for body in job.server.bodies)


@pytest.mark.parametrize("name", ["a-->b", "a\nb", "x" * 81, "-x", "@all", "<b>"])
def test_a_name_that_is_no_name_is_refused(job: Job, name: str) -> None:
    assert 3 == job.github(name=name)
    assert "::error title=policylint::name must " in job.printed


def test_no_link_of_the_branch_is_followed(job: Job) -> None:
    for path in ("victim", "away/victim.sarif"):
        (job.folder / path).parent.mkdir(exist_ok=True)
        (job.folder / path).write_text("v", encoding="utf-8")
    (job.tree / "out.sarif").symlink_to("../victim")
    (job.tree / "away").symlink_to("../away")
    job.stub("lint", 0, sarif="{}")
    assert 0 == job.github(sarif="out.sarif", without=TELLING)
    assert "{}" == (job.tree / "out.sarif").read_text(encoding="utf-8")
    assert not (job.tree / "out.sarif").is_symlink()
    assert 3 == job.github(sarif="away/victim.sarif", without=TELLING)
    assert "leads out of the repository" in job.printed
    assert {"v"} == {(job.folder / path).read_text(encoding="utf-8") for path in ("victim", "away/victim.sarif")}
    assert 0 == job.github(sarif=str(job.folder / "from the root.sarif"), without=TELLING)
    assert (job.folder / "from the root.sarif").exists()


def test_a_base_without_a_policy_is_told(job: Job) -> None:
    job.stub("diff", 0, markdown="nothing to compare with", json='{"verdict": "not-compared"}')
    assert 0 == job.github(base="main")
    assert "| diff | passed: nothing to compare with |" in job.files["summary"]
    assert not (job.folder / "temp" / "policylint" / "diff.json").exists()
