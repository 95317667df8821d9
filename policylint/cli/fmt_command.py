"""`policylint fmt`: canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.adapters.files import (
    CONFIG_NAME,
    STDIN,
    decode,
    display_path,
    encode_like,
    is_pipe,
    read_stdin,
    write_bytes,
)
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    color_option,
    config_options,
    declare,
    disk_files,
    open_project,
    see_lint,
    staged_option,
)
from policylint.edit.format import RULE as FMT
from policylint.edit.format import formatted
from policylint.errors import FileError, PolicylintError, UsageError
from policylint.escape import clean
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.project.load import unreadable
from policylint.render.text_diff import text_diff
from policylint.schema.store import CONFIG, POLICY, SchemaStore
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policylint.adapters.disk import DiskFiles
    from policylint.cli.output import Output
    from policylint.diagnostic import Diagnostic
    from policylint.project.project import Project
    from policylint.render.style import Style
    from policylint.source import Source


class _Formatted(NamedTuple):
    """A file and its canonical form: bytes to write, and texts to compare.

    `data` and `text` are None where the file is left as it is; `path` where it is standard input, or not to be read.
    """

    name: str
    path: Path | None = None
    before: str = ""
    text: str | None = None
    data: bytes | None = None
    differs: bool = False
    problems: tuple[Diagnostic, ...] = ()
    failed: bool = False


@declare("fmt", "policylint fmt", "policylint fmt --check --diff")
@click.argument("paths", nargs=-1, type=FILE)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file is not in canonical form.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@color_option
@config_options
@staged_option(is_told=True)
def command(
    paths: tuple[Path, ...], options: ProjectOptions, check: bool, diff: bool, output: Output, staged: bool
) -> None:
    """Put policy files and policylint.yaml into canonical form.

    PATHS are files or folders; - reads standard input and writes standard output. Without PATHS it is the whole
    policy. Keys get the order of the schema, and quotes that nothing needs are removed. Comments, meaning, encoding
    and line ends stay. A file that is not valid does not change, and the exit code is then 1.
    """
    style, writes, piped = output.style, not (check or diff), any(map(is_pipe, paths))
    if piped and len(paths) > 1:
        raise UsageError("`-` stands for standard input alone", help="give either `-` or files and folders")
    named = () if piped else paths
    files = disk_files(options, named)
    project = open_project(options, files)
    done: list[_Formatted] = []
    for name in [STDIN] if piped else _names(project, files, named):
        file = _formatted(name, files, project.store)
        if diff and file.differs:
            names = (f"{file.name} (as it is)", f"{file.name} (canonical)")
            output.write_document(text_diff(file.before, file.text or "", names, style))
        elif writes:
            file = _written(file)
        done.append(file)
    if not (piped and writes):
        terminal.tell(_summary(done, style, writes=writes), err=diff, color=style.color)
    problems = [problem for file in done for problem in file.problems]
    told = [problem for problem in problems if staged and problem.rule != FMT]
    if told:
        terminal.error(f"the policy is not valid: {count(len(told), 'error')}", see_lint(options))
    _report([problem for problem in problems if problem not in told], style)
    if any(file.failed for file in done):
        raise click.exceptions.Exit(ExitCode.FAILED)
    if problems or (check and any(file.differs for file in done)):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _formatted(name: str, files: DiskFiles, store: SchemaStore) -> _Formatted:
    """Return a file, or standard input, and its canonical form."""
    try:
        path = files.path(name) if name != STDIN else None
        data = files.read_bytes(name) if name != STDIN else read_stdin()
        source = decode(data, name)
    except PolicylintError as problem:
        return _Formatted(name, problems=(unreadable(name, problem),), failed=problem.span is None)
    text, problems = formatted(source, store, _schema(source, files))
    if text is None:
        return _Formatted(name, path, problems=problems)
    after = encode_like(text, data)
    return _Formatted(name, path, source.text, text, after, after != data, problems)


def _written(file: _Formatted) -> _Formatted:
    """Return a file after its canonical form is written, where there is one and it is another; else what failed."""
    if file.data is None:
        return file
    if file.path is None:
        terminal.write_bytes(file.data)
    elif file.differs:
        try:
            write_bytes(file.path, file.data)
        except FileError as problem:
            return _Formatted(file.name, problems=(unreadable(file.name, problem),), failed=True)
    return file


def _names(project: Project, files: DiskFiles, named: Sequence[Path]) -> list[str]:
    """Return the files that the command line names, else policylint.yaml and the whole policy.

    Raises FileError where what it names holds no policy file.
    """
    found = [*(files.named(path) for path in named if path.name == CONFIG_NAME), *files.explicit]
    if not found:
        own = files.config_path
        repository = len(named) == 1 and own is not None and named[0].resolve() / CONFIG_NAME == own
        if named and not repository:
            where = ", ".join(map(display_path, named))
            raise FileError("no policy file in it", path=where, help="name a policy file or a folder of them")
        found = [*([files.config] if files.config is not None else []), *project.policy_paths]
    return list(dict.fromkeys(found))


def _schema(source: Source, files: DiskFiles) -> str:
    """Return the schema of a file; of standard input, that of policylint.yaml where it says `version`."""
    if source.path == STDIN:
        root, _ = parse(source)
        return CONFIG if isinstance(root, MappingNode) and "version" in root.values else POLICY
    is_config = source.path == files.config or source.path.rpartition("/")[2] == CONFIG_NAME
    return CONFIG if is_config else POLICY


def _summary(files: Sequence[_Formatted], style: Style, *, writes: bool) -> str:
    """Return how many files there were of each kind, and those that differ."""
    changed = [file.name for file in files if file.differs]
    left = sum(file.text is None for file in files)
    same = len(files) - len(changed) - left
    words = [f"{count(len(changed), 'file')} {'rewritten' if writes else 'would be rewritten'}"] if changed else []
    words += [f"{count(same, 'file')} in canonical form"] if same or not (changed or left) else []
    words += [f"{count(left, 'file')} left as found"] if left else []
    lines = (style.paint(", ".join(words), "bold"), *(f"  - {clean(name)}" for name in changed))
    return "".join(f"{line}\n" for line in lines)


def _report(problems: Sequence[Diagnostic], style: Style) -> None:
    if problems:
        from policylint.render.diagnostics.text import render_one
        from policylint.render.style import fitted

        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        text = fitted("".join("\n" + render_one(problem, style) for problem in ordered), terminal.screen(err=True))
        terminal.tell(text, err=True, color=style.color)
