"""What the commands share that edit policy files: their options, the checks before anything is written, and writing."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policylint.cli import terminal
from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.access.decide import AccessModel
    from policylint.adapters.disk import DiskFiles
    from policylint.analysis.assertions import Baseline
    from policylint.cli.output import Output
    from policylint.edit.editor import Editor
    from policylint.project.edited import EditedProject
    from policylint.project.project import Project
    from policylint.render.style import Style


class EditOptions(NamedTuple):
    """What the command line says of an edit."""

    dry_run: bool = False
    diff: bool = False

    @property
    def writes(self) -> bool:
        """Return whether files are written."""
        return not (self.dry_run or self.diff)


def edit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that edits policy files the options --dry-run and --diff, as one value."""

    @wraps(function)
    def run(dry_run: bool, diff: bool, **given: Any) -> Any:
        return function(edit=EditOptions(dry_run, diff), **given)

    declared: Callable[..., Any] = run
    for option in (_DIFF, _DRY_RUN):
        declared = option(declared)
    return declared


_DIFF = click.option("--diff", is_flag=True, help="Write nothing; show what would change in the files.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Write nothing; say what the command would do.")


def editor_of(project: Project, files: DiskFiles) -> Editor:
    """Return what collects the changes of a valid policy."""
    from policylint.edit.editor import Editor

    read = [file for each in project.loaded if (file := each.policy_file) is not None]
    patterns = project.config.policies
    return Editor(read, project.declared, project.store, lambda path: files.is_policy(path, patterns))


def edited_policy(project: Project, editor: Editor, files: DiskFiles, style: Style) -> EditedProject:
    """Return the project after the changes, which are not written yet.

    Raises RefusedError where a change cannot be made, where a test or an assertion would fail that passes, in this
    environment or another one that reads a changed file, and where lint would find an error in what changes.
    """
    from policylint.project.edit_checks import require_no_new_errors, require_tests, require_valid_elsewhere
    from policylint.project.edited import edited
    from policylint.project.environments import called, edited_elsewhere

    after = edited(project, editor.result())
    project.doing("checking what would be written")
    require_no_new_errors(project, after, editor.objects)
    require_tests(project, after, baseline_of(project, files, style))
    after.elsewhere = edited_elsewhere(project, after.texts, files.is_policy)
    for each in after.elsewhere:
        require_valid_elsewhere(each, called(each))
        require_tests(each.before, each, baseline_of(each.before, files, style), called(each))
        terminal.note(f"{called(each)} reads {listed(sorted(each.texts), None)} too, and changes as well")
    return after


def baseline_of(project: Project, files: DiskFiles, style: Style) -> Baseline:
    """Return the function that returns who got in under a revision."""

    def baseline(since: str) -> AccessModel:
        from policylint.cli.revisions import before_of

        return before_of(since, project, files, style)

    return baseline


def finish(
    after: EditedProject, files: DiskFiles, edit: EditOptions, output: Output, others: Mapping[str, str] = EMPTY
) -> None:
    """Write the changed files, all or none; with --diff show what would change instead. Raises FileError.

    `others` are texts of files that are there and no policy, by path.
    """
    if edit.diff:
        beside = {path: (files.read(path).text, text) for path, text in others.items()}
        output.write_document(diff_of(after, output.style) + _diff(beside, output.style))
    if edit.writes:
        write_edited(after, files, others)
        terminal.say(f"edited {listed(sorted({*after.texts, *others}), None)}", err=True)


def diff_of(after: EditedProject, style: Style) -> str:
    """Return what changes in the files, as a unified diff of each."""
    return _diff({path: (after.text_before(path) or "", text) for path, text in after.texts.items()}, style)


def _diff(texts: Mapping[str, tuple[str, str]], style: Style) -> str:
    """Return what changes between two texts of each file."""
    from policylint.render.text_diff import text_diff

    return "".join(
        text_diff(before, text, (f"{path} (as it is)", f"{path} (edited)"), style)
        for path, (before, text) in sorted(texts.items())
    )


def write_edited(after: EditedProject, files: DiskFiles, others: Mapping[str, str] = EMPTY) -> None:
    """Write the changed files, all or none, in their encoding. Raises FileError, also where one may not be written."""
    from policylint.adapters.files import encode_like, require_writable, write_files
    from policylint.cli.output import require_free_outputs

    new: dict[Path, bytes] = {}
    for path, text in after.texts.items():
        if after.text_before(path) is None:
            new[Path.cwd() / path] = text.encode()
        else:
            new[files.path(path)] = encode_like(text, files.read_bytes(path))
    for path, text in others.items():
        new[files.path(path)] = encode_like(text, files.read_bytes(path))
    require_writable(new)
    require_free_outputs()
    write_files(new)
