"""What a repository may do to whoever checks it: nothing is run, and nothing outside of it is read or written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from policylint.adapters.files import find_config
from tests.cli.conftest import Folder
from tests.requirements import POSIX
from tests.worlds import sealed

IDENTITY = ("-c", "user.name=Jane Roe", "-c", "user.email=jane.roe@contoso.com")
SECRET = "auth: c2VjcmV0LXRva2Vu\n"
ALLOW = "organization: {DefaultAccessLevel: Allow}\n"
RULE = "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Block}\n"
NO_GUARDS = "guards: {max-deletes-percent: null, snapshot-max-age-hours: null}\n"


def git(where: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=where, check=True, capture_output=True)


@pytest.fixture
def two(tmp_path: Path) -> Folder:
    """Return a repository with two policy files that are both in force."""
    folder = Folder(tmp_path / "repository")
    (folder.path / ".git").mkdir(parents=True)
    folder.write("policylint.yaml", f"version: 1\nsnapshot: live.json\n{NO_GUARDS}")
    folder.write("policy/a.yaml", ALLOW)
    folder.write("policy/sub/b.yaml", RULE)
    folder.write("live.json", sealed(ALLOW + RULE))
    assert folder.run("plan").stdout.startswith("in sync")
    return folder


def replaced(repository: Folder, what: str) -> None:
    """Make the second policy file something that cannot be read."""
    path = repository.path / "policy" / "sub" / "b.yaml"
    path.unlink()
    outside = repository.path.parent / "outside.yaml"
    outside.write_text(SECRET, encoding="utf-8")
    match what:
        case "dangling":
            path.symlink_to("../../gone.yaml")
        case "circle":
            path.symlink_to("b.yaml")
        case "outside":
            path.symlink_to(outside)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "linked folder":
            path.parent.rmdir()
            path.parent.symlink_to(repository.path.parent)
        case "lost folder":
            path.parent.rmdir()
            path.parent.symlink_to("gone")


KINDS = ["dangling", "circle", "outside", "pipe", "folder", "linked folder", "lost folder"]


@POSIX.needed
@pytest.mark.parametrize("what", KINDS)
def test_what_cannot_be_read_is_not_planned_away(two: Folder, what: str) -> None:
    replaced(two, what)
    for command in (["plan", "--format", "json"], ["lint"], ["simulate"], ["test"], ["apply-script"], ["minimize"]):
        done = two.run(*command)
        assert done.returncode == 4, command
        assert "delete" not in done.stdout
        assert "policy/sub" in done.stdout + done.stderr
        assert "c2VjcmV0" not in done.stdout + done.stderr


@POSIX.needed
@pytest.mark.parametrize("what", [kind for kind in KINDS if kind not in {"pipe", "folder"}])
def test_a_revision_is_no_different(two: Folder, what: str) -> None:
    """git holds no pipes, and folders only by what is in them."""
    replaced(two, what)
    shutil.rmtree(two.path / ".git")
    git(two.path, "init", "--quiet", ".")
    git(two.path, "add", "--all")
    git(two.path, "commit", "--quiet", "--message=one")
    done = two.run("diff", "HEAD", "HEAD")
    assert done.returncode == 4
    assert "HEAD:policy/sub" in done.stderr


def test_a_folder_that_cannot_be_listed(two: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, sys\n"
        "real = os.scandir\n"
        "def scandir(path):\n"
        "    if str(path).endswith('sub'):\n"
        "        raise PermissionError(13, 'Permission denied', str(path))\n"
        "    return real(path)\n"
        "os.scandir = scandir\n"
        "from policylint.cli.main import run\n"
        "run(sys.argv[1:])\n"
    )
    for command in (["plan"], ["lint"], ["test"], ["fmt", "--check"]):
        done = subprocess.run([sys.executable, "-c", code, *command], cwd=two.path, capture_output=True, text=True)
        assert done.returncode == 4, done.stdout + done.stderr
        assert "policy/sub" in done.stdout + done.stderr
        assert "Permission denied" in done.stdout + done.stderr


@pytest.mark.parametrize("patterns", ["[policy/a.yaml, policy/sbu/*.yaml]", "[policy/*.yaml, 'policy/sub/*.yaaml']"])
def test_a_pattern_that_finds_nothing_is_an_error_at_its_place(two: Folder, patterns: str) -> None:
    two.write("policylint.yaml", f"version: 1\nsnapshot: live.json\npolicies: {patterns}\n")
    for command in ("plan", "lint", "fmt", "test"):
        done = two.run(command)
        assert 3 == done.returncode
        assert "error: policylint.yaml:3:" in f"error: {done.stderr}"
        assert "` matches no file" in done.stderr


@pytest.mark.parametrize("name", ["b.yml", "b.YAML", "b.Yml"])
def test_another_ending_of_yaml_is_an_error(two: Folder, name: str) -> None:
    (two.path / "policy" / "sub" / "b.yaml").rename(two.path / "policy" / "sub" / name)
    done = two.run("lint", "--format", "json")
    (found,) = [each for each in json.loads(done.stdout)["diagnostics"] if each["severity"] == "error"]
    assert (f"policy/sub/{name}", "file") == (found["path"], found["rule"])
    assert "`deviceAccessRules` is not read" in found["message"]
    assert (1, "") == (two.run("plan").returncode, two.run("plan").stdout)


def test_another_ending_of_another_yaml_is_none(two: Folder) -> None:
    two.write("policy/docker-compose.yml", "services: {web: {image: nginx}}\n")
    two.write("policy/empty.yml", "")
    two.write("workflows/policy.yml", RULE)
    assert 0 == two.run("lint").returncode


@POSIX.needed
@pytest.mark.parametrize("name", ["policy/x.yaml", "policylint.yaml", "lint/house/leak/rule.md", "lint", "policy"])
@pytest.mark.parametrize("how", ["absolute", "relative"])
def test_no_file_of_the_machine_is_shown_or_written(two: Folder, name: str, how: str) -> None:
    outside = two.path.parent / "outside"
    outside.mkdir(exist_ok=True)
    secret = outside / "secret.yaml"
    secret.write_text(SECRET + ALLOW.replace(": ", ":   "), encoding="utf-8")
    two.write("policylint.yaml", "version: 1\ncustom-rules: [lint]\n")
    two.run("rules", "new", "house/leak")
    target = outside if "." not in name else secret
    path = two.path / name
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    where = Path(os.path.relpath(target, path.parent)) if how == "relative" else target
    path.symlink_to(where)
    before = secret.read_bytes()
    for command in (
        ["lint"],
        ["lint", "--format", "json"],
        ["plan"],
        ["fmt"],
        ["fmt", "policy"],
        ["explain", "leak"],
        ["rules"],
        ["lint", name],
        ["lint", ".", "--show-config"],
    ):
        done = two.run(*command)
        assert "c2VjcmV0" not in done.stdout + done.stderr, command
    assert before == secret.read_bytes()
    assert 4 == two.run(*(["explain", "leak"] if name.startswith("lint") else ["lint"])).returncode


@pytest.mark.parametrize(
    "patterns", ["[../*.yaml]", "[policy/../../*.yaml]", "['/etc/*.yaml']", "['.']", "['**']", "['']"]
)
def test_a_pattern_that_leaves_or_names_folders_is_refused(two: Folder, patterns: str) -> None:
    two.write("policylint.yaml", f"version: 1\npolicies: {patterns}\n")
    (two.path.parent / "x.yaml").write_text(SECRET, encoding="utf-8")
    for command in ("lint", "plan", "fmt"):
        done = two.run(command)
        assert (3, "") == (done.returncode, done.stdout)
        assert "policylint.yaml:2:" in done.stderr


def test_patterns_may_leave_the_folder_of_the_configuration(two: Folder) -> None:
    two.write("team/policylint.yaml", "version: 1\npolicies: [../policy/*.yaml]\n")
    shutil.rmtree(two.path / ".git")
    git(two.path, "init", "--quiet", ".")
    git(two.path, "add", "--all")
    git(two.path, "commit", "--quiet", "--message=one")
    done = two.run("diff", "HEAD", "--config", "team/policylint.yaml")
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("equal")


# Snapshots ----------------------------------------------------------------------------------------------------------


def test_a_snapshot_outside_is_read_where_the_caller_allows_it(two: Folder) -> None:
    outside = two.path.parent / "exports"
    outside.mkdir()
    (two.path / "live.json").rename(outside / "live.json")
    two.write("policylint.yaml", f"version: 1\nsnapshot: ../exports/live.json\n{NO_GUARDS}")
    refused = two.run("plan")
    assert (4, "") == (refused.returncode, refused.stdout)
    assert "outside of the repository" in refused.stderr
    assert "--snapshot-folder" in refused.stderr
    for arguments, environment in (
        (["--snapshot-folder", "../exports"], {}),
        (["--snapshot", "../exports/live.json"], {}),
        ([], {"POLICYLINT_SNAPSHOT_FOLDER": str(outside)}),
    ):
        done = two.run("plan", *arguments, **environment)
        assert (0, "") == (done.returncode, done.stderr)
        assert done.stdout.startswith("in sync")
    assert 4 == two.run("plan", "--snapshot-folder", "../other").returncode


@POSIX.needed
def test_a_linked_snapshot_is_no_different(two: Folder) -> None:
    outside = two.path.parent / "exports"
    outside.mkdir()
    (two.path / "live.json").rename(outside / "live.json")
    (two.path / "live.json").symlink_to(outside / "live.json")
    assert 4 == two.run("plan").returncode
    assert 0 == two.run("plan", "--snapshot-folder", str(outside)).returncode
    assert 0 == two.run("plan", "--snapshot", str(outside / "live.json")).returncode


@POSIX.needed
@pytest.mark.parametrize("path", ["/dev/zero", "pipe", "policy"])
def test_nothing_endless_is_read(two: Folder, path: str) -> None:
    os.mkfifo(two.path / "pipe")
    two.write("policylint.yaml", f"version: 1\nsnapshot: {path}\n")
    for command in (
        ["plan"],
        ["lint"],
        ["plan", "--snapshot", path],
        ["apply-script", path],
        ["lint", "--config", path],
        ["diff", path],
    ):
        done = two.run(*command)
        assert done.returncode in {3, 4}, command


@POSIX.needed
def test_what_a_shell_makes_a_file_of_is_read(two: Folder) -> None:
    text = (two.path / "live.json").read_text(encoding="utf-8")
    assert two.start(text, "plan", "--snapshot", "/dev/stdin").stdout.startswith("in sync")
    script = f"{sys.executable} -m policylint plan --snapshot <(cat live.json)"
    done = subprocess.run(["bash", "-c", script], cwd=two.path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("in sync"), done.stderr


# policylint.yaml ----------------------------------------------------------------------------------------------------


@POSIX.needed
def test_a_configuration_that_cannot_be_read_is_not_passed_over(two: Folder) -> None:
    inner = two.path / "inner"
    two.write("inner/policy/a.yaml", ALLOW)
    (inner / "policylint.yaml").symlink_to("gone.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "policylint", "lint"], cwd=inner, capture_output=True, text=True, check=False
    )
    assert 4 == done.returncode
    assert "policylint.yaml: a link to nothing" in done.stderr


def test_outside_of_git_no_folder_above_counts(tmp_path: Path) -> None:
    planted = tmp_path / "policylint.yaml"
    planted.write_text("version: 1\n", encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    assert find_config(inner) is None
    (tmp_path / ".git").mkdir()
    assert find_config(inner) == planted


# git ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(two: Folder) -> Folder:
    """Return a repository with a commit."""
    shutil.rmtree(two.path / ".git")
    git(two.path, "init", "--quiet", "--initial-branch=main", ".")
    git(two.path, "add", "--all")
    git(two.path, "commit", "--quiet", "--message=one")
    return two


ATTRIBUTES = [
    "export-ignore",
    "export-subst",
    "ident",
    "text eol=crlf",
    "working-tree-encoding=UTF-16",
    "filter=x",
    "-text",
]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_attributes_change_nothing(repository: Folder, attribute: str) -> None:
    repository.write(".gitattributes", f"*.yaml {attribute}\n")
    git(repository.path, "add", ".gitattributes")
    git(repository.path, "commit", "--quiet", "--message=attributes")
    done = repository.run("diff", "HEAD")
    assert (0, "equal") == (done.returncode, done.stdout[:5])


@pytest.mark.parametrize("what", ["diff", "test", "plan", "lint --staged"])
def test_a_folder_that_looks_like_a_repository_is_not_one(repository: Folder, what: str) -> None:
    """A commit can hold the files of a bare repository, whose configuration runs programs."""
    proof = repository.path.parent / "proof"
    sub = repository.path / "sub"
    shutil.copytree(repository.path / ".git", sub, ignore=shutil.ignore_patterns("index", "hooks"))
    program = f"touch {proof}; cat"
    config = f'[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = "{program}"\n'
    config += f'[filter "x"]\n\tsmudge = "{program}"\n\tclean = "{program}"\n[diff]\n\texternal = "{program}"\n'
    (sub / "config").write_text(config, encoding="utf-8")
    repository.write("sub/.gitattributes", "*.yaml filter=x\n")
    repository.write(".gitattributes", "*.yaml filter=x\n")
    shutil.copytree(repository.path / "policy", sub / "policy")
    shutil.copy(repository.path / "policylint.yaml", sub / "policylint.yaml")
    assertion = "assertions:\n- {no-new-access: {since: HEAD}}\n"
    repository.write("sub/policy/t.yaml", assertion)
    (repository.path / "policylint.yaml").unlink()
    (repository.path / "policylint.yaml").symlink_to("sub/policylint.yaml")
    for where in (repository.path, sub):
        command = [sys.executable, "-m", "policylint", *what.split()]
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        assert not proof.exists(), done.stderr


def test_without_a_repository_of_its_own_none_above_or_inside_counts(tmp_path: Path) -> None:
    work = Folder(tmp_path / "outer" / "work")
    work.write("policylint.yaml", "version: 1\n")
    work.write("policy/a.yaml", ALLOW)
    git(tmp_path / "outer", "init", "--quiet", "--bare", "bare")
    for name in ("HEAD", "objects", "refs", "config"):
        (tmp_path / "outer" / "bare" / name).rename(work.path / name)
    done = work.run("diff", "main")
    assert 4 == done.returncode
    assert "not a git repository" in done.stderr


def test_a_repository_of_another_user_says_what_to_do(repository: Folder) -> None:
    """Containers of continuous integration check out as another user, which git refuses."""
    other = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    done = repository.run("diff", "HEAD", **other)
    assert 4 == done.returncode
    assert "git does not trust" in done.stderr
    assert "safe.directory" in done.stderr
    plan = repository.run("plan", **other)
    assert 0 == plan.returncode
    assert "git does not trust" in plan.stdout
    assert 4 == repository.run("lint", "--staged", **other).returncode


def test_nothing_is_fetched_for_a_partial_clone(repository: Folder) -> None:
    clone = repository.path.parent / "clone"
    git(repository.path, "config", "uploadpack.allowFilter", "true")
    url = f"file://{repository.path}"
    git(repository.path.parent, "clone", "--quiet", "--filter=blob:none", url, str(clone))
    git(clone, "update-ref", "refs/heads/main", "HEAD")
    for blob in (clone / ".git" / "objects").glob("pack/*"):
        assert blob.exists()
    repository.write("policy/a.yaml", ALLOW + "# changed\n")
    git(repository.path, "commit", "--quiet", "--all", "--message=two")
    git(clone, "fetch", "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "policylint", "diff", "origin/main"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 4 == done.returncode
    assert "not in this clone" in done.stderr


@POSIX.needed
def test_the_command_line_leads_out_through_no_link(two: Folder) -> None:
    secret = two.path.parent / "secret.json"
    secret.write_text(SECRET, encoding="utf-8")
    for name in ("x.json", "plan.json", "policy/x.yaml"):
        (two.path / name).symlink_to(secret)
    for where, prefix in ((two.path, ""), (two.path.parent, "repository/")):
        for command in (
            ["plan", "--snapshot", "x.json"],
            ["apply-script", "plan.json"],
            ["diff", "live", "x.json"],
            ["lint", "policy"],
            ["fmt", "--diff", "policy"],
            ["lint", "policy/x.yaml"],
            ["lint", "--config", "policy/x.yaml"],
        ):
            path = f"{prefix}{command[-1]}"
            done = subprocess.run(
                [sys.executable, "-m", "policylint", *command[:-1], path], cwd=where, capture_output=True, text=True
            )
            assert done.returncode in {3, 4}, (command, done.stdout, done.stderr)
            assert "c2VjcmV0" not in done.stdout + done.stderr
            if command[0] != "diff":
                assert "a link out of the repository" in done.stdout + done.stderr or where != two.path, command


def test_a_filter_of_the_user_is_not_chosen_by_attributes(repository: Folder) -> None:
    proof = repository.path.parent / "proof"
    for side in ("clean", "smudge", "process"):
        git(repository.path, "config", f"filter.x.{side}", f"touch {proof}; cat")
    repository.write(".gitattributes", "*.yaml filter=x\n")
    os.utime(repository.path / "policy" / "a.yaml", (0, 0))
    for command in (["plan"], ["diff"], ["lint", "--staged"], ["test"]):
        repository.run(*command)
        assert not proof.exists(), command


def test_what_is_modified_is_told_by_bytes(repository: Folder) -> None:
    def modified() -> bool:
        record = json.loads(repository.run("plan", "--format", "json").stdout)
        found: bool = record["revision"]["modified"]
        return found

    assert not modified()
    path = repository.path / "policy" / "a.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    repository.write("notes.txt", "another file\n")
    assert not modified()
    repository.write("policy/c.yaml", "mailboxes: []\n")
    assert modified()
    (repository.path / "policy" / "c.yaml").unlink()
    path.write_bytes(path.read_bytes() + b"# more\n")
    assert modified()


@pytest.mark.parametrize("how", ["sparse", "skipped"])
def test_what_is_not_checked_out_is_not_planned_away(repository: Folder, how: str) -> None:
    if how == "sparse":
        git(repository.path, "sparse-checkout", "set", "--no-cone", "/policylint.yaml", "/live.json", "/policy/a.yaml")
    else:
        git(repository.path, "update-index", "--skip-worktree", "policy/sub/b.yaml")
        (repository.path / "policy" / "sub" / "b.yaml").unlink()
    done = repository.run("plan")
    assert (4, "") == (done.returncode, done.stdout)
    assert "policy/sub/b.yaml: a policy file that is in git and not checked out" in done.stderr


def test_a_deep_folder_beside_the_policy_does_not_matter(repository: Folder) -> None:
    blob = (
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"], cwd=repository.path, input=b"x", capture_output=True, check=True
        )
        .stdout.decode()
        .strip()
    )
    path = "x/" + "/".join("a" * 1300)
    git(repository.path, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    git(repository.path, "commit", "--quiet", "--message=deep")
    done = repository.run("diff", "HEAD")
    assert (0, "equal") == (done.returncode, done.stdout[:5]), done.stderr


def test_a_link_in_a_revision_has_a_longest_target(repository: Folder) -> None:
    target = b"sub/../" * 2000 + b"a.yaml"
    blob = (
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"], cwd=repository.path, input=target, capture_output=True, check=True
        )
        .stdout.decode()
        .strip()
    )
    git(repository.path, "update-index", "--add", "--cacheinfo", f"120000,{blob},policy/z.yaml")
    git(repository.path, "commit", "--quiet", "--message=link")
    git(repository.path, "reset", "--quiet", "--hard", "HEAD~1")
    done = repository.run("diff", "HEAD@{1}")
    assert 4 == done.returncode
    assert "a link of 14,006 bytes" in done.stderr


def test_the_objects_of_another_repository_are_not_used(repository: Folder) -> None:
    other = repository.path.parent / "other"
    git(repository.path.parent, "init", "--quiet", str(other))
    elsewhere = {"GIT_DIR": other / ".git", "GIT_WORK_TREE": other, "GIT_OBJECT_DIRECTORY": other / ".git" / "objects"}
    done = repository.run("diff", "HEAD", **{name: str(path) for name, path in elsewhere.items()})
    assert (0, "equal") == (done.returncode, done.stdout[:5]), done.stderr


@POSIX.needed
def test_a_linked_folder_leads_into_no_other_repository(two: Folder) -> None:
    """Hooks name folders of the commit; what a link of the commit leads to may be a repository of somebody else."""
    other = two.path.parent / "other"
    (other / ".git").mkdir(parents=True)
    (other / "policylint.yaml").write_text("version: 1\n", encoding="utf-8")
    (other / "policy").mkdir()
    (other / "policy" / "x.yaml").write_text(SECRET, encoding="utf-8")
    (two.path / "team").symlink_to(other)
    for command in (
        ["lint", "team"],
        ["lint", "team/policy"],
        ["lint", "team/policy/x.yaml"],
        ["lint", "--config", "team/policylint.yaml"],
        ["fmt", "--diff", "team"],
        ["diff", "live", "team"],
        ["plan", "--snapshot", "team/policy/x.yaml"],
        ["apply-script", "team/policy/x.yaml"],
        ["export-script", "-o", "team/policy/x.yaml"],
    ):
        done = two.run(*command)
        assert 4 == done.returncode, (command, done.stdout, done.stderr)
        assert "c2VjcmV0" not in done.stdout + done.stderr, command
        assert "a link out of the repository" in done.stdout + done.stderr, command
    assert SECRET == (other / "policy" / "x.yaml").read_text(encoding="utf-8")
