"""A repository of links, pipes, odd names and patterns: nothing outside is shown or written, and nothing disappears."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.driver import main, tried
from tests.hostile.runs import Case, Printed, invoke, problems
from tests.worlds import sealed

if TYPE_CHECKING:
    from random import Random

INPUTS = 12
"""How many inputs the suite tries: each is a repository on disk and some commands in it."""

SECRET = "auth: c2VjcmV0LXRva2Vu\norganization: {DefaultAccessLevel:    Allow}\n"
RULE = "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: iPad, AccessLevel: Block}\n"
ALLOW = "organization: {DefaultAccessLevel: Allow}\n"
SETTINGS = "guards: {max-deletes-percent: null, snapshot-max-age-hours: null, max-newly-allowed-percent: null}\n"
FOLDERS = ("policy", "policy/sub", "policy/sub/deep", "shared", "lint/house/own", "pol[i]cy", "-x", "a b", ".git2")
NAMES = (
    *("a.yaml", "b.yaml", "b.yml", "B.YAML", ".#a.yaml", ".yaml", "rule.yaml", "rule.md", "policylint.yaml", "HEAD"),
    *("config", "objects", "refs", ".gitattributes", "live.json", "x\n::error::y.yaml", "\x1b[31m.yaml", "\u202e.yaml"),
    *("ř.yaml", os.fsdecode(b"\xff.yaml"), "*.yaml", "=cmd.yaml", "`$(touch x)`.yaml", "-o.yaml", "x" * 200 + ".yaml"),
)
TEXTS = (
    *(ALLOW, RULE, "", "a: [", "\x00", "version: 1\n", "{}", "organization: {DefaultAccessLevel: Nope}\n"),
    *("assertions:\n- {no-new-access: {since: HEAD}}\n", "* export-ignore\n*.yaml filter=x\n", SECRET),
    '[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch ../p"\n[filter "x"]\n\tsmudge = "touch ../p"\n',
)
TARGETS = (
    *("../outside.yaml", "../../outside.yaml", "../../../outside.yaml", "../../../../outside.yaml", ".", "..", "../.."),
    *("a.yaml", "b.yaml", "../policy/a.yaml", "../shared", "../../shared", "gone.yaml", "/dev/zero", "/etc", "sub"),
)
PATTERNS = (
    *("policy/**/*.yaml", "policy/*.yaml", "**/*.yaml", "**/**/**/**/**/*.y?ml", "*", "**", ".", "", "../*.yaml"),
    *(
        "policy/../shared/*.yaml",
        "/etc/*.yaml",
        "shared/**/b.*",
        "[",
        "[!a]*/*.yaml",
        "policy/sub/b.yaml",
        "nope/*.yaml",
    ),
)
COMMANDS = (
    *(("lint",), ("lint", "policy"), ("lint", "--format", "json"), ("lint", "--format", "github"), ("plan",)),
    *(("plan", "--format", "json"), ("fmt", "--check"), ("fmt",), ("fmt", "policy", "shared"), ("test",), ("diff",)),
    *(("diff", "HEAD"), ("diff", "live"), ("rules",), ("explain", "own"), ("simulate",), ("minimize",), ("mine",)),
    *(
        ("schema", "--write"),
        ("apply-script",),
        ("lint", "--staged"),
        ("why", "--type", "iPad"),
        ("lint", "--show-config"),
    ),
)


def fuzz(random: Random) -> None:
    """Make a repository, and run some commands in it."""
    with tempfile.TemporaryDirectory(prefix="policylint-fuzz-") as folder:
        base = Path(folder).resolve()
        root, outside = base / "work", base / "outside.yaml"
        outside.write_text(SECRET, encoding="utf-8")
        made = _repository(root, random)
        tried(json.dumps(made, indent=1))
        for _ in range(random.choice((1, 2, 3))):
            name, *arguments = random.choice(COMMANDS)
            form = arguments[-1] if "--format" in arguments else "ps1" if name.endswith("-script") else "text"
            case = Case(name, "fuzzed", tuple(arguments), form)
            tried(json.dumps([made, [name, *arguments]], indent=1))
            _check(case, invoke(case, root), outside, base)

        gc.unfreeze()  # a run leaves its memory to the end of the process
        gc.collect()


def _check(case: Case, printed: Printed, outside: Path, base: Path) -> None:
    """Raise AssertionError where a run showed, wrote or ran what it may not, or planned away what it did not read."""
    text = (printed.out + printed.err).decode("utf-8")
    assert "Traceback" not in text, text
    assert printed.code in {0, 1, 2, 3, 4}, printed.code
    assert "c2VjcmV0" not in text or _has_a_copy(base / "work"), text
    assert outside.read_text(encoding="utf-8") == SECRET
    assert {path.name for path in base.iterdir()} == {"work", "outside.yaml"}
    assert problems(case, printed) == []
    deletes = '"action": "delete"' in text or "delete device access rule" in text
    assert not (deletes and _declares_unread(base / "work")), text


def _has_a_copy(root: Path) -> bool:
    """Return whether the secret is in a file of the repository itself."""
    return any("c2VjcmV0" in text for _, text in _plain_files(root))


def _plain_files(root: Path) -> list[tuple[Path, str]]:
    found = []
    for folder, _, names in os.walk(root):
        paths = (Path(folder) / name for name in names)
        found += [
            (path, path.read_text("utf-8", "replace")) for path in paths if path.is_file() and not path.is_symlink()
        ]
    return found


def _declares_unread(root: Path) -> bool:
    """Return whether below `policy` something is no plain file, or has the other ending and the rule in it."""
    for folder, folders, names in os.walk(root / "policy"):
        for name in (*folders, *names):
            path = Path(folder) / name
            if name.startswith(".#"):
                continue
            if path.is_symlink() and not path.exists():
                return True
            if name.endswith((".yml", ".YAML")) and path.is_file() and RULE in path.read_text("utf-8", "replace"):
                return True
    return False


def _repository(root: Path, random: Random) -> dict[str, str]:
    """Make a repository and return what is in it by path."""
    made: dict[str, str] = {}
    root.mkdir()
    patterns = random.sample(PATTERNS, random.choice((1, 1, 2, 3))) if random.random() < 0.4 else None
    lines = ["version: 1\n", "snapshot: live.json\n" if random.random() < 0.8 else "", SETTINGS]
    lines += [f"policies: {json.dumps(patterns)}\n"] if patterns is not None else []
    lines += ["custom-rules: [lint]\n"] if random.random() < 0.2 else []
    _put(root, "policylint.yaml", "".join(lines), made)
    _put(root, "policy/a.yaml", ALLOW, made)
    (root / "live.json").write_bytes(sealed(ALLOW + RULE))
    for _ in range(random.choice((1, 2, 4, 8))):
        folder = random.choice(("", *FOLDERS))
        path = f"{folder}/{random.choice(NAMES)}" if folder else random.choice(NAMES)
        _put(
            root,
            path,
            random.choice(TEXTS),
            made,
            link=random.choice((None, None, *TARGETS[:3], random.choice(TARGETS))),
        )
    if random.random() < 0.15 and hasattr(os, "mkfifo") and not (root / "policy" / "pipe.yaml").exists():
        os.mkfifo(root / "policy" / "pipe.yaml")
    _git(root, random, made)
    if random.random() < 0.3:
        _put(root, "policy/sub/b.yaml", RULE, made, link=random.choice((None, *TARGETS)))
    return made


def _git(root: Path, random: Random, made: dict[str, str]) -> None:
    """Make it a git repository with a commit, an empty one, or none."""
    way = random.random()
    if way < 0.5:
        (root / ".git").mkdir(exist_ok=True)
    elif way < 0.9:
        identity = ("-c", "user.name=Jane Roe", "-c", "user.email=jane.roe@contoso.com", "-c", "core.autocrlf=false")
        for words in (("init", "-q", "."), ("add", "-A"), ("commit", "-qm", "one")):
            subprocess.run(["git", *identity, *words], cwd=root, check=False, capture_output=True)
        made[".git"] = "one commit"


def _put(root: Path, name: str, text: str, made: dict[str, str], link: str | None = None) -> None:
    """Make a file or a link of the repository, in place of what was there; what cannot be made is left out."""
    path = root / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.resolve().is_relative_to(root):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if link is None:
            path.write_text(text, encoding="utf-8")
        else:
            path.symlink_to(link)
        made[name] = text if link is None else f"-> {link}"
    except (OSError, ValueError):
        return


if __name__ == "__main__":
    sys.exit(main(fuzz))
