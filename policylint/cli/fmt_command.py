"""`policylint fmt`: canonical form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from policylint.adapters.files import (
    CONFIG_NAME,
    STDIN,
    decode,
    display_path,
    is_pipe,
    read_bytes,
    read_stdin,
    write_text,
)
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.options import (
    ProjectOptions,
    color_option,
    config_options,
    declare,
    disk_files,
    open_project,
    staged_option,
)
from policylint.edit.format import formatted
from policylint.errors import FileError, PolicylintError, UsageError
from policylint.escape import clean
from policylint.phrases import count
from policylint.project.load import unreadable
from policylint.schema.store import CONFIG, POLICY, SchemaStore
from policylint.syntax.node import MappingNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.adapters.disk import DiskFiles
    from policylint.cli.output import Output
    from policylint.diagnostic import Diagnostic
    from policylint.project.project import Project
    from policylint.render.style import Style
    from policylint.source import Source


class _Formatted(NamedTuple):
    """A file and its canonical form. `text` is None where the file is left as it is; `path` where it is piped in."""

    path: Path | None
    name: str
    before: str
    text: str | None
    differs: bool
    problems: tuple[Diagnostic, ...]


@declare("fmt", "policylint fmt", "policylint fmt --check --diff")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file is not in canonical form.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@color_option
@config_options
@staged_option
def command(paths: tuple[Path, ...], options: ProjectOptions, check: bool, diff: bool, output: Output) -> None:
    """Put policy files and policylint.yaml into canonical form.

    PATHS are files or folders; - reads standard input and writes standard output. Without PATHS it is the whole policy.
    Keys get the order of the schema, quotes go where nothing needs them; comments and meaning stay. A file that is not
    valid is left as it is. Exit code 1 where there is one.
    """
    style, writes, piped = output.style, not (check or diff), any(map(is_pipe, paths))
    if piped and len(paths) > 1:
        raise UsageError("`-` stands for standard input alone", help="give either `-` or files and folders")
    named = () if piped else paths
    files = disk_files(options, named)
    project = open_project(options, files)
    done: list[_Formatted] = []
    for path in [None] if piped else _paths(project, files, named):
        file = _formatted(path, project.store, files.config_path)
        done.append(file)
        if file.text is None:
            continue
        if diff and file.differs:
            output.write(_difference(file, style))
        elif writes and path is None:
            terminal.write_bytes(file.text.encode())
        elif writes and path is not None and file.differs:
            write_text(path, file.text)
    if not (piped and writes):
        terminal.tell(_summary(done, style, writes=writes), err=diff, color=style.color)
    problems = [problem for file in done for problem in file.problems]
    _report(problems, style)
    if problems or (check and any(file.differs for file in done)):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _formatted(path: Path | None, store: SchemaStore, config: Path | None) -> _Formatted:
    """Return a file, of standard input where there is no path, and its canonical form."""
    name = display_path(path) if path is not None else STDIN
    try:
        data = read_bytes(path) if path is not None else read_stdin()
        source = decode(data, name)
    except PolicylintError as problem:
        return _Formatted(path, name, "", None, False, (unreadable(name, problem),))
    text, problems = formatted(source, store, _schema(path, source, config))
    return _Formatted(path, name, source.text, text, text is not None and text.encode() != data, tuple(problems))


def _paths(project: Project, files: DiskFiles, named: Sequence[Path]) -> list[Path]:
    """Return the files that the command line names, else policylint.yaml and the whole policy.

    Raises FileError where what it names holds no policy file.
    """
    found = [*(path for path in named if path.name == CONFIG_NAME), *map(files.path, files.explicit)]
    if not found:
        own = files.config_path
        repository = len(named) == 1 and own is not None and named[0].resolve() / CONFIG_NAME == own
        if named and not repository:
            where = ", ".join(map(display_path, named))
            raise FileError("no policy file in it", path=where, help="name a policy file or a folder of them")
        found = [*([own] if own is not None else []), *map(files.path, project.policy_paths)]
    return list({path.resolve(): path for path in found}.values())


def _schema(path: Path | None, source: Source, config: Path | None) -> str:
    """Return the schema of a file; of standard input, that of policylint.yaml where it says `version`."""
    if path is None:
        root, _ = parse(source)
        return CONFIG if isinstance(root, MappingNode) and "version" in root.values else POLICY
    is_config = path.name == CONFIG_NAME or (config is not None and path.resolve() == config.resolve())
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

        ordered = sorted(problems, key=lambda problem: problem.sort_key)
        text = "".join("\n" + render_one(problem, style) for problem in ordered)
        terminal.tell(text, err=True, color=style.color)


def _difference(file: _Formatted, style: Style) -> str:
    from difflib import unified_diff

    names = (f"{file.name} (as it is)", f"{file.name} (canonical)")
    lines = list(unified_diff(file.before.splitlines(), (file.text or "").splitlines(), *names, lineterm=""))
    if not lines:
        return f"{clean(file.name)}: only the encoding or line ends would change\n"
    colors = {"+": "green", "-": "red", "@": "blue"}
    return "".join(
        (style.paint(clean(line), colors[line[0]]) if line[:1] in colors else clean(line)) + "\n" for line in lines
    )
