"""Jobs of the three places: the shipped files are read as the places read them, and each shell step is run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.ci.fake_service import PROGRAM, Service
from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ACTION = ROOT / "action.yml"
FORK_ACTION = ROOT / "tools" / "ci" / "comment" / "action.yml"
GITLAB = ROOT / "templates" / "policylint.yml"
AZURE = ROOT / "tools" / "ci" / "azure.yml"
SCRIPT = ROOT / "tools" / "ci" / "check.sh"
EXAMPLES = ROOT / "docs" / "examples" / "ci"
BASH = shutil.which("bash")
BOT = "github-actions[bot]"
MARKER = "<!-- policylint -->"

PYTHON = """#!/bin/sh
case "$*" in
"-I -m venv "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
"-I -c "*) ;;
"-I -m pip install "*) cp "$FAKE_POLICYLINT" "$(dirname "$0")/policylint" ;;
-I*) exec {python} "$@" ;;
*) echo "not isolated from the folder: $*" >&2; exit 99 ;;
esac
"""
REAL = """#!/bin/sh
PYTHONPATH={root} exec {python} -c 'import sys; sys.path.pop(0); from policylint.__main__ import main; main()' "$@"
"""
STUB = r"""#!BASH
printf '%s\0' "$@" >>"$STUB/$1.arguments"
for argument; do
    if [[ $argument =~ ^--format=(json|markdown|junit|gitlab|sarif)=(.*)$ && -f $STUB/$1.${BASH_REMATCH[1]} ]]; then
        cat "$STUB/$1.${BASH_REMATCH[1]}" >"${BASH_REMATCH[2]}"
    fi
done
[[ ! -f $STUB/$1.code ]] || exit "$(cat "$STUB/$1.code")"
"""
ENVIRONMENT = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}


@dataclass
class Job:
    """A job: a folder with the repository, fake programs before those of the machine, and what was printed."""

    folder: Path
    server: Service
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("bin", "stub", "temp", "work tree"):
            (self.folder / name).mkdir(exist_ok=True)
        python = shlex.quote(sys.executable)
        self.program("python3", PYTHON.format(python=python))
        self.program("stub", STUB.replace("BASH", str(BASH), 1))
        self.program("real", REAL.format(python=python, root=shlex.quote(str(ROOT))))
        for name in ("gh", "curl"):
            self.program(name, PROGRAM.replace("BASH", str(BASH)).replace("NAME", name))
        self.environment = {
            **ENVIRONMENT,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FAKE_FOLDER": str(self.folder),
            "FAKE_PORT": str(self.port),
            "FAKE_POLICYLINT": str(self.folder / "bin" / "stub"),
            "STUB": str(self.folder / "stub"),
            "CHECK_RETRY_SECONDS": "0",
            **self.environment,
        }

    @property
    def tree(self) -> Path:
        """Return the work tree, which has a blank in its path."""
        return self.folder / "work tree"

    @property
    def files(self) -> dict[str, str]:
        """Return what the places keep of a run: the summary of the job."""
        path = self.folder / "summary"
        return {"summary": path.read_text(encoding="utf-8") if path.exists() else ""}

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def use_the_real_policylint(self) -> None:
        self.environment["FAKE_POLICYLINT"] = str(self.folder / "bin" / "real")

    def stub(self, command: str, code: int = 0, **formats: str) -> None:
        """Say what policylint does where it is the stub."""
        for name, text in {"code": str(code), **formats}.items():
            (self.folder / "stub" / f"{command}.{name}").write_text(text, encoding="utf-8")

    def arguments(self, command: str) -> list[str]:
        """Return what policylint was run with."""
        path = self.folder / "stub" / f"{command}.arguments"
        return path.read_text(encoding="utf-8").split("\0")[:-1] if path.exists() else []

    def service(self, **state: Any) -> None:
        """Say what the service has."""
        for name, value in {"calls": [], "faults": [], **state}.items():
            setattr(self.server, name, value)

    def bash(self, script: str, environment: dict[str, str], *options: str) -> int:
        """Run a script as the runners do, and return its exit code."""
        path = self.folder / "script"
        path.write_text(script, encoding="utf-8")
        assert BASH is not None
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", *options, str(path)],
            cwd=self.tree,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        self.printed += (done.stdout + done.stderr).decode()
        return done.returncode

    # --- GitHub -------------------------------------------------------------------------------------------------------

    def github(
        self,
        action: Path = ACTION,
        *,
        event: dict[str, Any] | None = None,
        without: tuple[str, ...] = (),
        **inputs: str,
    ) -> int:
        """Run the steps of an action, `without` some, and return the exit code of the first that fails."""
        document = yaml.safe_load(action.read_text(encoding="utf-8"))
        known = {name: entry.get("default", "") for name, entry in document["inputs"].items()}
        unknown = {name.replace("_", "-") for name in inputs} - known.keys()
        assert unknown == set()
        known |= {name.replace("_", "-"): value for name, value in inputs.items()}
        if "python" in known:
            known["python"] = inputs.get("python", str(self.folder / "bin" / "python3"))
        known = {name: "secret" if value == "${{ github.token }}" else value for name, value in known.items()}
        context = {"inputs": known, "github": {"token": "secret", "sha": "c" * 40, "event": event or {}}}
        first = 0
        for step in document["runs"]["steps"]:
            if step["name"] in without or not self._wanted(step.get("if"), first):
                continue
            context["steps"] = {name: {"outputs": known} for name, known in self.outputs.items()}
            code = self._github_step(step, action.parent, context)
            self.outcomes[step.get("id", step["name"])] = "failure" if code else "success"
            first = first or code
        return first

    def _wanted(self, condition: str | None, failed: int) -> bool:
        if condition is None:
            return not failed
        assert condition == "${{ !cancelled() && steps.install.outcome == 'success' }}"
        return self.outcomes.get("install") == "success"

    def _github_step(self, step: dict[str, Any], action: Path, context: dict[str, Any]) -> int:
        assert step["shell"] == "bash"
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        code = self.bash(
            step["run"],
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(action),
                "GITHUB_REPOSITORY": "contoso/policy",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                "RUNNER_TEMP": str(self.folder / "temp"),
                **{name: evaluated(value, context) for name, value in step.get("env", {}).items()},
            },
            *("-e", "-o", "pipefail"),
        )
        if output.exists():
            self.outputs[step["id"]] = outputs(output.read_text(encoding="utf-8"))
        return code

    # --- GitLab -------------------------------------------------------------------------------------------------------

    def gitlab(self, **inputs: str) -> int:
        """Run the job of the component, and return its exit code."""
        head, body = yaml.safe_load_all(GITLAB.read_text(encoding="utf-8"))
        known = {}
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        for name, spec in head["spec"]["inputs"].items():
            known[name] = given.pop(name, spec.get("default"))
            assert known[name] is not None, f"{name} is required"
            assert known[name] in spec.get("options", [known[name]])
            assert re.search(spec.get("regex", ""), known[name]), f"{name} does not match"
        assert given == {}

        def filled(value: str) -> str:
            return re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: known[found[1]], value)

        (job,) = body.values()
        variables = {
            name: filled(value["value"] if isinstance(value, dict) else value)
            for name, value in job["variables"].items()
        }
        return self.bash("\n".join(job["script"]), {"GITLAB_CI": "true", **variables}, *("-e", "-o", "pipefail"))

    # --- Azure --------------------------------------------------------------------------------------------------------

    def azure(self, **parameters: str) -> int:
        """Run the steps of the template, and return the exit code of the first that fails."""
        document = yaml.safe_load(AZURE.read_text(encoding="utf-8"))
        known = {}
        for spec in document["parameters"]:
            known[spec["name"]] = parameters.pop(spec["name"], spec.get("default"))
            assert known[spec["name"]] in spec.get("values", [known[spec["name"]]])
        assert parameters == {}
        first, installed, work = 0, False, ""
        (self.folder / "workspace").mkdir()
        (self.folder / "workspace" / "policylint").symlink_to(ROOT)
        for step in document["steps"]:
            condition = step.get("condition")
            assert condition in {None, "and(succeededOrFailed(), eq(variables.policylintInstalled, 'true'))"}
            if "bash" not in step or (condition and not installed) or (first and not condition):
                continue
            environment = {
                name: evaluated(value, {"parameters": known})
                .replace("$(System.AccessToken)", "secret")
                .replace("$(policylintWork)", work)
                for name, value in step.get("env", {}).items()
            }
            place = {"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(self.folder / "temp")}
            place["PIPELINE_WORKSPACE"] = str(self.folder / "workspace")
            code = self.bash(step["bash"], place | environment)
            work = next(iter(re.findall(r"variable=policylintWork\](.*)", self.printed)[-1:]), "")
            installed = installed or "##vso[task.setvariable variable=policylintInstalled]true" in self.printed
            first = first or code
        return first

    def publish(self, address: str) -> None:
        """Make an address lead to a repository with the scripts of this one."""
        source = self.folder / "published"
        shutil.copytree(ROOT / "tools" / "ci", source / "tools" / "ci", ignore=shutil.ignore_patterns("__pycache__"))
        git(source, "init", "--quiet")
        git(source, "add", ".")
        git(source, "commit", "--quiet", "--message", "all")
        git(source, "tag", "v0.1.0")
        self.environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{source.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": address,
        }


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody who has no settings."""
    who = ["-c", "user.name=Kim Park", "-c", "user.email=kim.park@contoso.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def evaluated(value: str, context: dict[str, Any]) -> str:
    """Return a value with its expressions replaced: names of contexts, joined by `||`."""

    def look_up(name: str) -> str:
        found: Any = context
        for part in name.strip().split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return "" if found is None else str(found)

    def replaced(found: re.Match[str]) -> str:
        return next((text for name in found[1].split("||") if (text := look_up(name))), "")

    return re.sub(r"\$\{\{(.*?)\}\}", replaced, value)


def outputs(text: str) -> dict[str, str]:
    """Return what a step has written as outputs, read as the runner reads it."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        value = []
        for part in lines:
            if part == end:
                break
            value.append(part)
        found[name] = "\n".join(value)
    return found
