"""The options that commands share, as values, and how a command is declared."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from policylint.adapters import clock, resources
from policylint.adapters.disk import DiskFiles
from policylint.adapters.files import CONFIG_NAME, STDIN, find_config, is_pipe, named_path, noting_reads
from policylint.adapters.shared_file import cores
from policylint.cli import terminal
from policylint.cli.completing import ENVIRONMENT
from policylint.cli.exit_codes import ExitCode, of_error
from policylint.cli.output import LINES, Output, expect, require_valid, show_config
from policylint.errors import PolicylintError, UsageError
from policylint.model.config import EDITIONS
from policylint.model.lock import LOCK_NAME
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, quoted, shorten
from policylint.project.project import Project
from policylint.project.resources import Resources
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from click.shell_completion import CompletionItem

    from policylint.adapters.disk import Progress
    from policylint.adapters.snapshot_index import SnapshotIndexes
    from policylint.render.style import Style

    Function: TypeAlias = Callable[..., Any]
    Decorator: TypeAlias = Callable[[Function], Function]


class Command(click.Command):
    """A command whose help ends in examples: command lines as they are typed. It may be one that asks questions."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), asks: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = tuple(examples)
        self.asks = asks

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return what is left of the arguments, which is nothing. Raises UsageError."""
        ctx.allow_extra_args = True
        try:
            left = super().parse_args(ctx, args)
        except click.UsageError as problem:
            problem.ctx = problem.ctx or ctx
            raise
        if left and not ctx.resilient_parsing:
            raise UsageError(f"unexpected argument `{left[0]}`", help=f"see `{ctx.command_path} --help`")
        return left

    def invoke(self, ctx: click.Context) -> Any:
        """Return what the command returns; while it works, a terminal shows that it does."""
        with noting_reads(), nullcontext() if self.asks else terminal.working(ctx.info_name or ""):
            return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, which are never wrapped."""
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def declare(name: str, *examples: str, asks: bool = False) -> Callable[[Function], Command]:
    """Return a decorator that makes a function a command with examples, and one that asks questions."""
    return click.command(name, cls=Command, examples=examples, asks=asks)


class _FileName(click.Path):
    """The path of a file or folder, which is not empty. What cannot be read is told by who reads it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path. Raises UsageError where there is none: it would be taken for the current folder."""
        if value == "":
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


FILE = _FileName()


class ProjectOptions(NamedTuple):
    """What the command line says of the project."""

    config: Path | None = None
    env: str | None = None
    show_config: bool = False
    snapshot: tuple[Path, ...] = ()
    allow_incomplete: tuple[str, ...] = ()
    no_snapshot: bool = False
    require_snapshot: bool = True
    since: str | None = None
    taken_at: str | None = None
    snapshot_folder: tuple[Path, ...] = ()
    baseline: Path | None = None
    edition: str | None = None
    jobs: int | None = None
    as_of: str | None = None
    no_cache: bool = True

    @property
    def given(self) -> list[tuple[str, str]]:
        """Return the options that name the same policy and live state to another command, with their values."""
        snapshots = (("snapshot", path) for path in self.snapshot)
        named = (("env", self.env), *snapshots, ("config", self.config))
        return [(name, str(value)) for name, value in named if value is not None]


allow_incomplete_option = click.option(
    "--allow-incomplete",
    multiple=True,
    metavar="SECTION",
    help="Leave out a section of the snapshot, or a property as SECTION.PROPERTY. May be repeated.",
)
taken_at_option = click.option(
    "--taken-at", metavar="TIME", help="The time when the snapshot was taken, if it does not say so: UTC, ISO 8601."
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    envvar="POLICYLINT_JOBS",
    help="The number of processes that read a large sealed snapshot; by default one for each core.",
)
_CONFIG = click.option("--config", type=FILE, metavar="FILE", help="The policylint.yaml to use.")
_ENV = click.option("--env", type=ENVIRONMENT, metavar="NAME", help="The environment of policylint.yaml to use.")
_OF_PROJECT = (
    _CONFIG,
    _ENV,
    click.option("--show-config", is_flag=True, help="Show each setting and where it comes from, and stop."),
    click.option(
        "--snapshot",
        type=FILE,
        multiple=True,
        metavar="PATH",
        help="Live state: a sealed snapshot, the output of a Get- cmdlet, or a folder of them. May be repeated.",
    ),
    click.option(
        "--snapshot-folder",
        type=FILE,
        multiple=True,
        metavar="FOLDER",
        envvar="POLICYLINT_SNAPSHOT_FOLDER",
        help="A folder outside the repository in which `snapshot` of policylint.yaml may be. May be repeated.",
    ),
    allow_incomplete_option,
    click.option(
        "--edition", type=click.Choice(EDITIONS), help="The edition of Exchange, if policylint.yaml does not name it."
    ),
    jobs_option,
    click.option("--no-snapshot", is_flag=True, help="Use no snapshot, whatever is configured."),
    taken_at_option,
    click.option(
        "--since",
        metavar="REV",
        help="The git revision last applied: what it declares and the files no longer declare is removed.",
    ),
)


_REQUIRE = click.option(
    "--require-snapshot",
    is_flag=True,
    help="Fail if the configured snapshot is missing. Otherwise, skip what needs it.",
)


def project_options(function: Function) -> Function:
    """Give a command the options of a project and its snapshot, as one value."""
    return _as_value("options", ProjectOptions, _OF_PROJECT, function)


_NO_CACHE = click.option(
    "--no-cache", is_flag=True, help="Read the whole snapshot: use no index of it, and write none."
)


def indexed_options(function: Function) -> Function:
    """Give a command about few devices the options of a project and its snapshot, which may have an index."""
    return _as_value("options", ProjectOptions, (*_OF_PROJECT, _NO_CACHE), function)


def check_options(function: Function) -> Function:
    """Give a command that can do without a snapshot the options of a project and its snapshot, as one value."""
    return _as_value("options", ProjectOptions, (*_OF_PROJECT, _REQUIRE), function)


_BASELINE = click.option(
    "--baseline", type=FILE, metavar="FILE", help="The findings that are counted and not shown, instead of `baseline`."
)


as_of_option = click.option("--as-of", metavar="DATE", help="The day to use as today, as in 2027-03-31.")


def lint_options(function: Function) -> Function:
    """Give a command the options of a project, its snapshot, its baseline and the day of the run, as one value."""
    return _as_value("options", ProjectOptions, (*_OF_PROJECT, _REQUIRE, _BASELINE, as_of_option), function)


def config_options(function: Function) -> Function:
    """Give a command that reads no snapshot the options of a project, as one value."""
    return _as_value("options", ProjectOptions, (_CONFIG, _ENV), function)


def live_options(function: Function) -> Function:
    """Give a command that reads files of live state the options of a project and of those files, as one value."""
    shared = (_CONFIG, _ENV, allow_incomplete_option, taken_at_option, jobs_option)
    return _as_value("options", ProjectOptions, shared, function)


def config_option(function: Function) -> Function:
    """Give a command that is the same in every environment the option of a project, as one value."""
    return _as_value("options", ProjectOptions, (_CONFIG,), function)


_OF_FILE = click.option("-o", "--output", "file", type=FILE, metavar="FILE", help="Write output to FILE.")
_OF_COLOR = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Color; auto means on a terminal, unless NO_COLOR is set, or if FORCE_COLOR is set.",
)


class Format(click.ParamType[tuple[str, Path | None]]):
    """A format of the output, and the file that it goes to, if any: `json` or `json=findings.json`."""

    name = "format"

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = tuple(choices)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path | None]:
        """Return the format and the file. Raises UsageError where there is no such format, or the file has no name."""
        name, equals, file = value.partition("=")
        if name not in self.choices:
            self.fail(f"{name!r} is not one of {', '.join(map(repr, self.choices))}.", param, ctx)
        return name, FILE.convert(file, param, ctx) if equals else None

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the formats that begin so; behind the equals sign of one, the files."""
        from click.shell_completion import CompletionItem

        if "=" in incomplete:
            return [CompletionItem(incomplete.partition("=")[2], type="file")]
        return [CompletionItem(name) for name in self.choices if name.startswith(incomplete)]


def output_options(formats: Iterable[str], *, several: bool = True) -> Decorator:
    """Return a decorator that gives a command --format, the first by default, --color and --output, as one value.

    With `several`, --format may be repeated.
    """
    choices = tuple(formats)
    words = f"The format of the output, {choices[0]} by default: {listed(choices, most=None, last=' or ')}."
    words += " NAME=FILE writes it to a file. May be repeated." if several else " NAME=FILE writes it to a file."
    of_format = click.option("--format", type=Format(choices), multiple=True, metavar="NAME[=FILE]", help=words)

    def decorate(function: Function) -> Function:
        def made(**given: Any) -> Output:
            return expect(_outputs(given.pop("format") or ((choices[0], None),), **given, several=several))

        return _as_value("output", made, (of_format, _OF_COLOR, _OF_FILE), function)

    return decorate


def _outputs(formats: Sequence[tuple[str, Path | None]], color: str, file: Path | None, *, several: bool) -> Output:
    """Return the outputs that the command line asks for. Raises UsageError where they exclude each other."""
    if len(formats) > 1 and not several:
        raise UsageError("--format is given more than once", help="this command writes one format; run it again")
    if file is not None:
        if len(formats) > 1:
            raise UsageError("-o is the file of one format", help="write --format NAME=FILE for each of them")
        if formats[0][1] is not None:
            raise UsageError("-o and --format NAME=FILE both name a file", help="leave one of them out")
        formats = ((formats[0][0], file),)
    files = [str(path) for _, path in formats if path is not None and not is_pipe(path)]
    if len({*files}) < len(files):
        raise UsageError("two formats go to one file", help="name a file for each")
    seen = [name for name, path in formats if path is None or is_pipe(path)]
    if len({*seen}) < len(seen):
        raise UsageError("one format goes to standard output twice", help="leave it out once, or name a file")
    if len(seen) > 1 and not LINES.issuperset(seen):
        message = f"{listed(map(quoted, seen))} cannot both go to standard output"
        raise UsageError(message, help="write --format NAME=FILE for all but one of them")
    (name, path), *further = formats
    return Output(name, color, path, tuple(further))


def file_option(function: Function) -> Function:
    """Give a command --output, as one value."""
    return _as_value("output", lambda **given: expect(Output(**given)), (_OF_FILE,), function)


def color_option(function: Function) -> Function:
    """Give a command --color, as one value."""
    return _as_value("output", Output, (_OF_COLOR,), function)


def edition_option(help: str, **attributes: Any) -> Decorator:  # noqa: A002
    """Return a decorator that gives a command --edition."""
    return click.option("--edition", type=click.Choice(EDITIONS), help=help, **attributes)


def acknowledge_options(function: Function) -> Function:
    """Give a command the options that lift refusals."""
    function = click.option("--reason", default="", metavar="WHY", help="Why you acknowledge the refusals.")(function)
    return click.option(
        "--acknowledge",
        multiple=True,
        metavar="TEXT",
        help="Acknowledge the refusal that shows this text. May be repeated.",
    )(function)


def _as_value(name: str, made: Callable[..., Any], shared: Sequence[Decorator], function: Function) -> Function:
    """Return a function that takes the parameters of options, and passes on the value that is made of them."""
    names = _names_of(shared)

    @wraps(function)
    def run(**given: Any) -> Any:
        values = {field: given.pop(field) for field in tuple(given) if field in names}
        return function(**{name: made(**values)}, **given)

    declared: Function = run
    for option in reversed(shared):
        declared = option(declared)
    return declared


def _names_of(shared: Iterable[Decorator]) -> frozenset[str]:
    """Return the names of the parameters that options pass on."""

    def declared() -> None:
        pass

    for option in shared:
        option(declared)
    return frozenset(param.name for param in getattr(declared, "__click_params__", ()))


_STAGED = click.option(
    "--staged",
    is_flag=True,
    help="For hooks: end at once if the next commit changes no file of the policy. Files are read as they are on disk.",
)


def staged_option(*, is_told: bool, notes: bool = False) -> Decorator:
    """Return a decorator that gives a command that hooks run the option --staged.

    The command ends where the next commit does not concern the policy. A command that `is_told` is given `staged`: the
    hook of `lint` says what is wrong with the policy, so it need not. One that `notes` says which files git does not
    have. Where no policylint.yaml is found from the
    current folder up, the command is run for each one that git has below.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def run(*given: Any, staged: bool, **named: Any) -> Any:
            if is_told:
                named["staged"] = staged
            options, paths = named["options"], named.get("paths", ())
            configs = _configs_below() if staged and options.config is None and not paths else ()
            codes = []
            for each in [options._replace(config=config) for config in configs] or [options]:
                if staged and not _is_concerned(each, paths):
                    continue
                try:
                    if staged and notes:
                        _note_untracked(each, paths)
                    function(*given, **{**named, "options": each})
                except click.exceptions.Exit as ended:
                    codes.append(ended.exit_code)
                except PolicylintError as problem:  # another policy may be checked
                    terminal.failure(problem)
                    codes.append(of_error(problem))
            if codes:
                raise click.exceptions.Exit(max(codes))

        return _STAGED(run)

    return decorate


def see_lint(options: ProjectOptions) -> str:
    """Return where to read what is wrong with a policy."""
    from policylint.escape import command_line

    line = command_line("policylint lint", **dict(options.given))
    return f"see `{line or 'policylint lint'}`"


def _configs_below() -> tuple[Path, ...]:
    """Return each policylint.yaml that git has, where none is above; one below another is not the repository's own.

    Examples of lint rules, for instance, can have one.
    """
    from policylint.adapters.git import Repository
    from policylint.adapters.tree import WorkTree

    here = Path.cwd().resolve()
    if find_config(here) is not None:
        return ()
    found = [path for path in Repository(WorkTree.of(here).root).called(CONFIG_NAME) if path.is_relative_to(here)]
    outermost = [path for path in found if not any(other.parent in path.parent.parents for other in found)]
    return tuple(path.relative_to(here) for path in outermost)


def _is_concerned(options: ProjectOptions, named: Sequence[Path]) -> bool:
    """Return whether the next commit changes, adds or deletes a file of the policy; so does one that changes nothing.

    A run over all files, as in continuous integration, has nothing staged.
    """
    from policylint.adapters.git import Repository
    from policylint.adapters.tree import WorkTree

    folder = options.config.parent if options.config is not None else Path.cwd()
    if options.config is None and len(named) == 1 and named[0].is_dir():
        folder = named[0]
    files = Repository(WorkTree.of(folder if folder.is_dir() else Path.cwd()).root).staged()
    if not files:
        return True
    config = find_config(folder.resolve())
    root = config.parent if config is not None else folder.resolve()
    snapshots = {path.resolve() for path in options.snapshot}
    is_concerned = any(
        file.name in {CONFIG_NAME, LOCK_NAME}
        or file in snapshots
        or (file.is_relative_to(root) and file.suffix in _KINDS)
        for file in files
    )
    return is_concerned or (config is not None and _is_named(files, options))


_KINDS = (".yaml", ".yml")
"""The endings of policy files and of lint rules."""


def _is_named(files: Collection[Path], options: ProjectOptions) -> bool:
    """Return whether one of some files is what policylint.yaml or the policy names: a rule's page, live state, a list.

    So it is where that cannot be read: the command says what is wrong.
    """
    try:
        found = disk_files(options)
        project = open_project(options._replace(show_config=False), found)
        names = [found.beside(name) for name in (*project.config.custom_rules, *project.name_lists.lists.files)]
        places = [_place(found, name) for name in (*names, *project.snapshot_paths)]
    except PolicylintError:
        return True
    return any(file.is_relative_to(place) for file in files for place in places)


def _place(files: DiskFiles, shown: str) -> Path:
    """Return where on disk a file of the project is or was."""
    inside = files.inside(shown)
    return (files.tree.root / inside if inside is not None else Path(shown)).resolve()


def _note_untracked(options: ProjectOptions, named: Sequence[Path]) -> None:
    """Say which files of the policy git does not have: they count here, and are in no commit."""
    from policylint.adapters.git import Repository

    try:
        files = disk_files(options, named)
        untracked = Repository(files.tree.root).untracked(*_KINDS)
        if not untracked:
            return
        paths = open_project(options._replace(show_config=False), files).policy_paths
    except PolicylintError:  # the command says what is wrong
        return
    inside = {path: files.inside(path) for path in paths}
    found = [path for path, name in inside.items() if name is not None and files.tree.root / name in untracked]
    if found:
        verb = "is not in git and counts" if len(found) == 1 else "are not in git and count"
        terminal.note(f"{listed(sorted(found))} {verb} here")


def disk_files(options: ProjectOptions, named: Sequence[Path] = ()) -> DiskFiles:
    """Return the files of the project that the options name, and policy files and folders that are named beside.

    A folder with a policylint.yaml is a project of its own. `-` is standard input: the whole policy.
    Raises UsageError where standard input is to be two things.
    """
    piped = any(map(is_pipe, named))
    if piped and len(named) > 1:
        raise UsageError("`-` stands for standard input alone", help="give either `-` or files and folders")
    if piped and any(map(is_pipe, options.snapshot)):
        raise UsageError("standard input cannot be policy and snapshot at once", help="give one of them as a file")
    start = None
    if options.config is None and len(named) == 1 and (named[0] / CONFIG_NAME).is_file():
        start, named = named[0], ()
    return DiskFiles(
        start,
        config=options.config,
        named=named,
        snapshot_folders=options.snapshot_folder,
        progress=shown_progress(),
        jobs=options.jobs or cores(),
    )


def shown_progress() -> Progress | None:
    """Return what shows how far the reading of a file is, None where nobody would see it."""
    return terminal.with_progress if terminal.shows_status() else None


def open_project(
    options: ProjectOptions, files: DiskFiles | None = None, *, alone: bool = False, packs: tuple[str, ...] = ()
) -> Project:
    """Return the project that the options name. With --show-config its settings are printed and the command ends.

    With `alone`, live state that --snapshot names needs no policy. `packs` are applied instead of the configured ones.
    """
    if options.no_snapshot and options.snapshot:
        raise UsageError("--no-snapshot and --snapshot exclude each other", help="leave one of them out")
    files = files or disk_files(options)
    project = Project(
        files,
        Resources(resources),
        now=clock.now,
        environment=options.env,
        snapshot=tuple(map(shown_path, options.snapshot)),
        allow_incomplete=options.allow_incomplete,
        live=(lambda: None) if options.no_snapshot else None,
        history=files,
        since=options.since,
        snapshot_required=options.require_snapshot,
        taken_at=utc_time(options.taken_at),
        baseline=files.named(options.baseline) if options.baseline is not None else None,
        edition=options.edition,
        alone=alone,
        as_of=day_given(options.as_of),
        packs=packs,
        indexes=_indexes(options, files),
        doing=terminal.doing,
    )
    if options.show_config:
        show_config(project.config)
        raise click.exceptions.Exit(ExitCode.CLEAN)
    project.expect_snapshot()
    return project


def _indexes(options: ProjectOptions, files: DiskFiles) -> SnapshotIndexes | None:
    """Return the indexes of snapshots, None where a command has none or they are switched off."""
    if options.no_cache:
        return None
    from policylint.adapters.snapshot_index import SnapshotIndexes

    return SnapshotIndexes.of_user(files)


def utc_time(text: str | None) -> str | None:
    """Return a time as snapshots have it. Raises UsageError where it is none."""
    moment = instant(text) if text is not None else None
    if text is not None and moment is None:
        hint = "write it as 2026-11-23T08:00:00Z"
        raise UsageError(f"invalid value for `--taken-at`: `{shorten(text)}` is not a time", help=hint)
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z" if moment is not None else None


def day_given(text: str | None) -> date | None:
    """Return the day that --as-of names, None where it is not given. Raises UsageError where the text is none."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise UsageError("invalid value for `--as-of`: it is no day", help="write it as 2027-03-31")
    return day


def shown_path(snapshot: Path) -> str:
    """Return what people are shown a path of live state as."""
    return STDIN if is_pipe(snapshot) else named_path(snapshot)


def open_valid(
    options: ProjectOptions, style: Style, files: DiskFiles | None = None, *, alone: bool = False
) -> Project:
    """Return the project that the options name; where its policy is not valid, say why and end the command.

    With `alone`, live state that --snapshot names needs no policy.
    """
    project = open_project(options, files, alone=alone)
    require_valid(project, style)
    return project
