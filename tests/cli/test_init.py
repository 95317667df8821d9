"""`policylint init`: a repository that works at once, and nothing overwritten."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from policylint.model.config import EDITIONS
from tests.worlds import sealed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Folder

ADMIN = ("--admin", "mobile@contoso.com")
MADE = (
    *(".gitattributes", ".gitignore"),
    *("policy/device-access-rules.yaml", "policy/mailbox-policies.yaml", "policy/organization.yaml"),
    *("policy/tests.yaml", "policylint.yaml", ".policylint/policy.schema.json", ".policylint/config.schema.json"),
)


def files(path: Path) -> set[str]:
    """Return the files below a folder but those of git."""
    return {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_new_repository_works_at_once(folder: Folder, edition: str) -> None:
    done = folder.run("init", "--edition", edition, *ADMIN)
    assert (0, "") == (done.returncode, done.stderr)
    assert f"made a policy repository for {edition}\n" in done.stdout
    assert set(MADE) == files(folder.path)
    assert all(f"  {name}\n" in done.stdout for name in MADE)
    notes = {"exchange-online": "no findings in 4 files", "exchange-se": "1 note in 4 files"}
    for command, verdict in (
        (("lint",), notes.get(edition, "2 notes in 4 files")),
        (("test",), "3 tests passed"),
        (("fmt", "--check"), "5 files in canonical form"),
        (("schema", "--check"), "the schemas are up to date"),
    ):
        done = folder.run(*command)
        assert 0 == done.returncode, done.stderr
        assert verdict in done.stdout


@pytest.mark.parametrize(
    ("edition", "agent"),
    [("exchange-online", "Outlook-iOS/2.0"), ("exchange-se", "Outlook-iOS-Android/1.0")],
)
def test_the_first_test_is_about_what_outlook_says_to_this_edition(folder: Folder, edition: str, agent: str) -> None:
    folder.run("init", "--edition", edition, *ADMIN)
    text = (folder.path / "policy" / "tests.yaml").read_text(encoding="utf-8")
    assert f"DeviceUserAgent: {agent}\n" in text
    assert 1 == text.count("DeviceUserAgent: Outlook")


def test_the_next_commands_can_be_run_as_they_are_shown(folder: Folder) -> None:
    shown = folder.run("init", "new", *ADMIN).stdout
    assert "\nnext, in new\n" in shown
    commands = [line.split("  ")[1].split() for line in shown.split("\nnext, in new\n")[1].splitlines()]
    assert 3 == len(commands)
    for program, *arguments in commands:
        assert "policylint" == program
        assert 0 == type(folder)(folder.path / "new").run(*arguments).returncode


def test_every_file_names_its_schema_for_the_editor(folder: Folder) -> None:
    folder.run("init")
    for path in folder.path.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
        kind = "config" if path.name == "policylint.yaml" else "policy"
        assert folder.path / ".policylint" / f"{kind}.schema.json" == schema.resolve()


@pytest.mark.parametrize("there", [("policy/tests.yaml",), (".gitattributes", "policylint.yaml"), MADE], ids=len)
def test_nothing_is_overwritten(folder: Folder, there: tuple[str, ...]) -> None:
    for name in there:
        folder.write(f"new/{name}", "mine\n")
    done = folder.run("init", "new")
    assert 3 == done.returncode
    assert f"error: not overwritten: {', '.join(f'new/{name}' for name in there)}\n" in done.stderr
    assert set(there) == files(folder.path / "new")
    assert {"mine\n"} == {(folder.path / "new" / name).read_text() for name in there}


def test_what_was_written_goes_where_the_rest_cannot_be(folder: Folder) -> None:
    folder.write("new/.policylint", "a file where a folder must go\n")
    done = folder.run("init", "new")
    assert 4 == done.returncode
    assert "error: new/.policylint" in done.stderr
    assert [".policylint"] == [path.name for path in folder.path.joinpath("new").rglob("*")]


def test_no_folder_is_left_where_nothing_can_be_written(folder: Folder) -> None:
    folder.write("file", "not a folder\n")
    done = folder.run("init", "file/new")
    assert 4 == done.returncode
    assert {"file"} == files(folder.path)


def test_an_unknown_edition(folder: Folder) -> None:
    done = folder.run("init", "--edition", "exchange-2010")
    assert 3 == done.returncode
    assert "error: invalid value for `--edition`: `exchange-2010` is not one of `exchange-online`, " in done.stderr
    assert set() == files(folder.path)


def test_an_address_that_nobody_gave_is_an_error(folder: Folder) -> None:
    done = folder.run("init")
    assert (
        "write an address of your own in policy/organization.yaml: `policylint lint` fails until then\n" in done.stdout
    )
    done = folder.run("lint")
    assert 1 == done.returncode
    assert "policy/organization.yaml:8:25: error: `mobile-admins@your-domain.invalid` is a placeholder" in done.stdout


def test_nothing_of_another_organization_and_no_setting_of_phones_is_written(folder: Folder) -> None:
    folder.run("init")
    for path in (*folder.path.glob("policy/*.yaml"), folder.path / "policylint.yaml"):
        text = path.read_text(encoding="utf-8")
        assert "contoso" not in text
        assert "Password" not in text


def test_the_organization_is_pinned(folder: Folder) -> None:
    folder.run("init", "--target", "fabrikam.onmicrosoft.com", *ADMIN)
    assert "\ntarget: fabrikam.onmicrosoft.com\n" in (folder.path / "policylint.yaml").read_text(encoding="utf-8")
    folder.write("live.json", sealed())
    done = folder.run("plan")
    assert 4 == done.returncode
    assert "error: live.json: not the live state of fabrikam.onmicrosoft.com: it is of " in done.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--target", "a b"), ("--target", "x: y"), ("--admin", "nobody"), ("--admin", "a@b.c]"), ("--admin", "a\n@b.c")],
)
def test_a_name_that_cannot_be_one(folder: Folder, option: str, value: str) -> None:
    done = folder.run("init", option, value)
    assert 3 == done.returncode
    assert f"error: invalid value for `{option}`: " in done.stderr
    assert set() == files(folder.path)


def test_people_are_kept_out_of_git(folder: Folder) -> None:
    folder.run("init")
    people = ["live.json", "yesterday.json", "back.json", "a.journal.jsonl", "a.html", "a.csv", "report.md", "back.ps1"]
    git = ["git", "-C", str(folder.path)]
    subprocess.run([*git, "init", "-q"], check=True)
    done = subprocess.run(
        [*git, "check-ignore", *people, "policylint.yaml", "policy/tests.yaml"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert people == done.stdout.split()


def test_not_inside_a_policy_repository(folder: Folder) -> None:
    folder.write("policylint.yaml", "version: 1\n")
    done = folder.run("init", "sub/folder")
    assert 3 == done.returncode
    assert "error: inside a policy repository: policylint.yaml\n" in done.stderr
    assert {"policylint.yaml"} == files(folder.path)
