"""What `policylint import` says of what it wrote, of what it did not, and of what comes next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.adapters.files import display_path
from policylint.cli import terminal
from policylint.cli.import_repository import exposed, lines_that_lack
from policylint.cli.options import shown_path
from policylint.cli.output import Output
from policylint.escape import shell_word
from policylint.importing.policy import left_out
from policylint.phrases import MOST_ITEMS, count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.cli.import_repository import Repository
    from policylint.cli.options import ProjectOptions
    from policylint.importing.selection import Selection, Unsaid
    from policylint.importing.update import Update
    from policylint.project.imported import Imported
    from policylint.project.project import Project

NEXT = (
    ("policylint lint", "what is wrong with it?"),
    ("policylint test", "does every device keep its access?"),
    ("policylint plan", "is the plan empty?"),
)
"""The next commands, and what each is for."""

COMMIT = (
    ('git commit -m "what is live"', "the policy of today"),
    ("git tag applied", "the revision that `since` names"),
)


def report_import(
    made: Imported, files: Iterable[Path], repository: Repository, options: ProjectOptions, project: Project
) -> None:
    """Say what was written, what was not, and which commands are next."""
    from policylint.render.style import table

    paths = options.snapshot
    terminal.say(f"imported {listed(map(shown_path, paths))}")
    terminal.say("")
    for path in files:
        terminal.say(f"  {display_path(path)}")
    terminal.say("")
    for line in (words for selection in made.selections for words in left_out(selection)):
        terminal.say(line)
    if made.findings:
        terminal.say(f"{count(made.findings, 'finding')} of lint: a comment above each, and the baseline holds them")
    terminal.say("")
    terminal.say("next" + ("" if repository.root == Path.cwd() else f", in {display_path(repository.root)}"))
    uncovered = exposed(repository, paths)
    add = ("git add FILES", "the new files, without live state") if uncovered else ("git add -A", "the new files")
    terminal.tell(table([*_next(options, project), add, *COMMIT], screen=Output().style.screen))
    _note_exposed(uncovered, repository)
    _note_unsaid(each for selection in made.selections for each in selection.unsaid)
    if repository.config is not None:
        note_drift(made.selections, project)
    if repository.config is None and not repository.snapshots(paths):
        hint = "give it to each command with --snapshot, or move it into the repository and set `snapshot`"
        terminal.note(f"{listed(map(shown_path, paths))} is outside of the repository", hint)


def _note_exposed(uncovered: Mapping[str, Path], repository: Repository) -> None:
    """Say which live state git would take, and which lines its files that were there lack."""
    for line, file in uncovered.items():
        reason = f"live state is not ignored by git: `git add -A` would take {line[1:]}, with people's addresses"
        terminal.note(
            reason, f"add the line `{line}` to {display_path(file)} first; of what is committed, `git rm --cached`"
        )
    for path, lines in lines_that_lack(repository).items() if repository.config is None else ():
        reason = f"{display_path(path)} was there and is not changed"
        terminal.note(reason, f"add the lines {listed((f'`{each}`' for each in lines), None)}")


def report_update(found: Update, files: Iterable[str], project: Project) -> None:
    """Say which files were changed, what was added to them, and what else differs."""
    for path in files:
        terminal.say(f"  {path}")
    kinds = Counter(each.kind for each in found.added)
    types = project.store.object_types.items()
    new = [count(kinds[kind], described.title, described.plural) for kind, described in types if kinds[kind]]
    terminal.say(f"added {listed(new, None)}" if new else "nothing is new in live state")
    for line in _different(found):
        terminal.say(line)
    if found.gone:
        verb = "is" if len(found.gone) == 1 else "are"
        names = listed(each.identity for each in found.gone)
        terminal.say(f"{count(len(found.gone), 'declared object')} {verb} not live and left: {names}")
    _note_unsaid(found.unsaid)


def _different(found: Update) -> Iterator[str]:
    """Yield how much of what is declared is not as it is live, and what of it entries with `matches` make."""
    made = listed(f"{each.setting} of {each.identity}" for each in found.made)
    if found.taken:
        values = [(found.differing, "declared value"), (found.undeclared, "undeclared setting")]
        if words := [count(number, noun) for number, noun in values if number]:
            yield f"took {listed(words, None)} from live state"
        if found.made:
            several = count(len(found.made), "value")
            yield f"took {several} over what entries with `matches` make, into single entries: {made}"
        return
    words = []
    if found.differing:
        words.append(f"{count(found.differing, 'declared value differs', 'declared values differ')} from live")
    if found.undeclared:
        words.append(count(found.undeclared, "setting is live and not declared", "settings are live and not declared"))
    hint = "`policylint plan` shows them, `--take-live` writes what is live"
    if words:
        yield f"{listed(words)}; {hint}"
    if found.made:
        several = count(len(found.made), "live value differs", "live values differ")
        yield f"{several} from what entries with `matches` make: {made}; {hint}"


def _next(options: ProjectOptions, project: Project) -> Iterator[tuple[str, str]]:
    """Yield the next commands, with the options without which they do not read this live state, or plan from it."""
    snapshot = project.required_snapshot
    taken = options.taken_at or ("" if snapshot.header.taken_at else "TIME")
    for command, purpose in NEXT:
        planned = command.endswith("plan")
        without = dict.fromkeys((*options.allow_incomplete, *(snapshot.incomplete if planned else ())))
        words = [f" --allow-incomplete {word}" for each in without if (word := shell_word(each))]
        if taken and (planned or options.taken_at):
            words.append(f" --taken-at {shell_word(taken) or 'TIME'}")
        yield command + "".join(words), purpose


def _note_unsaid(unsaid: Iterable[Unsaid]) -> None:
    """Say what of live state no policy file can say, the first of it one by one."""
    every = tuple(unsaid)
    hint = "no policy file can say it: a plan lists it as drift, or changes it where a file or the mode `exact` says so"
    for each in every[:MOST_ITEMS]:
        name = f"{each.setting} of {each.identity}" if each.setting is not None else each.identity
        terminal.note(f"{name} is not written: {each.why}", hint)
    if len(every) > MOST_ITEMS:
        terminal.note(f"{len(every) - MOST_ITEMS:,} more are not written")


def note_drift(selections: Sequence[Selection], project: Project) -> None:
    """Say which mailboxes of Exchange itself a plan lists as drift, and how that ends."""
    from policylint.importing.configuration import management_text
    from policylint.importing.selection import drifting_system_mailboxes
    from policylint.model.system_mailboxes import patterns_of

    if found := drifting_system_mailboxes(selections, project.config.manage):
        number = count(len(found), "system mailbox is", "system mailboxes are")
        management = management_text(project.config.manage.get("mailboxes"), patterns_of(found))
        hint = f"except them below `manage` of policylint.yaml: `mailboxes: {management}`"
        terminal.note(f"{number} not as they come, which a plan lists as drift", hint)
