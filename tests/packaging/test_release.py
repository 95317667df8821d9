"""What a release is made of: each command of `python -m tools.release` on the wheel and the sdist of this checkout."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from policylint.version import __version__
from tests.cli.conftest import Folder
from tests.requirements import LINUX
from tools import EXAMPLE, ROOT
from tools.release import build, environment, module, pyz, sbom
from tools.release.__main__ import main
from tools.release.lock import RUN, pins
from tools.release.project import ReleaseError, run

if TYPE_CHECKING:
    from tools.release.build import Distributions

HERE = "linux-x86_64"
PYTHON = ".".join(map(str, sys.version_info[:2]))
DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def dist(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of a release that has the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("release")
    for path in built:
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def archive(dist: Path) -> Path:
    """Return the file that runs on this system with this Python."""
    assert 0 == main(["pyz", "--dist", str(dist), "--platform", HERE, "--python", PYTHON])
    return dist / pyz.name(HERE)


def test_both_are_the_same_bytes_wherever_and_whenever_they_are_built(
    dist: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = os.umask(0o077)
    try:
        assert 0 == main(["reproduce", "--dist", str(dist)])
    finally:
        os.umask(before)


def test_other_bytes_are_told(dist: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(dist, other)
    with build.found(other).sdist.open("ab") as stream:
        stream.write(b"\0")
    monkeypatch.setattr(build, "copy_checkout", lambda folder: folder)
    monkeypatch.setattr(build, "build", lambda *_, **__: build.found(other))
    with pytest.raises(ReleaseError, match=r"policylint-.*\.tar\.gz is not reproducible"):
        build.check_reproducible(dist)


def test_a_folder_with_two_wheels_is_refused(dist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    shutil.copytree(dist, other)
    shutil.copy(build.found(other).wheel, other / "policylint-9.9.9-py3-none-any.whl")
    assert 1 == main(["reproduce", "--dist", str(other)])
    assert capsys.readouterr().err == f"error: {other} has 2 wheels and 1 sdists, not one of each; empty it first\n"


def test_the_lowest_versions_give_what_the_newest_give(dist: Path) -> None:
    assert 0 == main(["lowest", "--dist", str(dist)])


@pytest.mark.parametrize(
    ("newest", "lowest", "expected"),
    [
        ({"exit": 0, "stderr": ""}, {"exit": 2, "stderr": "x"}, "`policylint lint` gives something else"),
        ({"exit": 4, "stderr": "x"}, {"exit": 4, "stderr": "x"}, "`policylint lint` fails: x"),
    ],
    ids=["other", "failed"],
)
def test_a_difference_with_the_lowest_versions_is_told(
    newest: dict[str, Any], lowest: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter([newest, lowest])
    monkeypatch.setattr(environment, "install", lambda *_: Path())
    monkeypatch.setattr(environment, "smoke", lambda *_: {"lint": next(said)})
    with pytest.raises(ReleaseError, match=expected):
        environment.check_lowest(Path(), Path())


def test_the_bill_of_materials_is_whole_and_valid_and_the_same_each_time(dist: Path) -> None:
    wheel = build.found(dist).wheel
    text = sbom.sbom_text(wheel, DAY)
    assert text == sbom.sbom_text(wheel, DAY)
    assert 0 == main(["sbom", "--today", "--dist", str(dist)])
    assert None is JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    record = json.loads(text)
    locked = {f"{pin.name}@{pin.version}": {*pin.hashes} for pin in pins(RUN)}
    said = {
        f"{each['name']}@{each['version']}": {entry["content"] for entry in each["externalReferences"][0]["hashes"]}
        for each in record["components"]
    }
    assert locked == said
    assert [] == [each["name"] for each in record["components"] if not each["licenses"]]
    assert [{"alg": "SHA-256", "content": build.digest(wheel)}] == record["metadata"]["component"]["hashes"]
    needs = {each["ref"].split("@")[0]: each.get("dependsOn", []) for each in record["dependencies"]}
    assert 4 == len(needs["policylint"])
    reached, waiting = set(), ["policylint"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += [each.split("@")[0] for each in needs[name] if each.split("@")[0] not in reached]
    assert {*needs} == reached, "every package is needed by another one"


@LINUX.needed
def test_one_file_runs_as_an_installation_does(archive: Path, tmp_path: Path) -> None:
    """Also what needs a compiled part, which is what a schema finds."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "contoso")
    moment = str(int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()))
    unpacked = {**os.environ, "SHIV_ROOT": str(tmp_path / "unpacked"), "PYTHONPATH": "", "SOURCE_DATE_EPOCH": moment}

    def runs(*arguments: str) -> str:
        return run(sys.executable, archive, *arguments, folder=folder, environment=unpacked)

    assert f"policylint {__version__}\n" == runs("--version")
    expected = Folder(folder).run("plan", SOURCE_DATE_EPOCH=moment)
    assert expected.stdout == runs("plan")
    (folder / "policy" / "wrong.yaml").write_text("organization: {DefaultAccessLevel: Alow}\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="write `Allow`"):
        runs("lint")


def test_the_file_is_the_same_bytes_each_time(archive: Path, dist: Path, tmp_path: Path) -> None:
    (again,) = pyz.build(build.found(dist).wheel, tmp_path, [HERE], [PYTHON])
    assert build.digest(archive) == build.digest(again)


def test_the_module_is_one_folder_in_the_same_bytes_each_time(dist: Path, tmp_path: Path) -> None:
    assert 0 == main(["module", "--dist", str(dist)])
    with zipfile.ZipFile(dist / module.NAME) as archive:
        archive.extractall(tmp_path)
    kept = {path.relative_to(module.MODULE.parent): path for path in module.MODULE.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in kept.items()} == {
        path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    }
    again = tmp_path / "again"
    again.mkdir()
    assert build.digest(dist / module.NAME) == build.digest(module.write(again))


def test_the_sums_are_those_of_the_files(archive: Path, dist: Path) -> None:
    assert 0 == main(["sums", "--dist", str(dist)])
    lines = (dist / build.SUMS).read_text(encoding="ascii").splitlines()
    assert archive.name in {line.split("  ")[1] for line in lines}
    assert {line.split("  ")[0] for line in lines} == {
        build.digest(path) for path in dist.iterdir() if path.name != build.SUMS
    }


def test_every_command_of_the_workflow_is_one_that_these_tests_run() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    steps = [step["run"].split() for step in workflow["jobs"]["build"]["steps"] if "run" in step]
    commands = [words[3] for words in steps if words[1:3] == ["-m", "tools.release"]]
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    assert ["check", "notes", "build", "reproduce", "lowest", "pyz", "sbom", "schemas", "module", "sums"] == commands
    assert [] == [command for command in commands if f'main(["{command}"' not in tests]
