"""The container file: what can be said of it without building it."""

from __future__ import annotations

import re

from tools import ROOT
from tools.release.lock import RUN

TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line.split(maxsplit=1) for line in TEXT.splitlines() if line and not line.startswith("#")]
IGNORED = (ROOT / ".containerignore").read_text(encoding="utf-8").split()


def values(instruction: str) -> list[str]:
    return [value for name, value in LINES if name == instruction]


def test_both_stages_begin_with_one_image_named_by_its_digest() -> None:
    first, last = values("FROM")
    image, _, name = first.partition(" AS ")
    assert image == last
    assert "install" == name
    assert re.fullmatch(r"python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}", image)


def test_it_runs_policylint_as_a_user_without_rights() -> None:
    last = LINES[[name for name, _ in LINES].index("FROM", 1) :]
    user = next(position for position, (name, _) in enumerate(last) if name == "USER")
    assert "10001" == last[user][1]
    assert {"WORKDIR", "ENTRYPOINT"} == {name for name, _ in last[user + 1 :]}
    assert ['["policylint"]'] == values("ENTRYPOINT")
    assert "useradd --uid 10001 " in TEXT


def test_git_is_there_and_pip_is_not() -> None:
    last = values("RUN")[-1]
    assert "install --yes --no-install-recommends git " in last
    assert "python -m pip uninstall --yes pip" in last
    assert "venv --without-pip " in values("RUN")[0]


def test_only_what_is_locked_is_installed_and_only_what_is_needed_is_sent() -> None:
    installs = re.findall(r"\binstall [^&]*(?:--requirement|/install/)[^&]*", values("RUN")[0])
    assert 2 == len(installs)
    assert all("--no-deps" in each for each in installs)
    assert "--require-hashes" in installs[0]
    assert values("COPY")[0].split()[:-1] == [RUN.path.name, "dist/policylint-*.whl"]
    assert ["*", *(f"!{path}" for path in values("COPY")[0].split()[:-1])] == IGNORED
