"""The options that commands share, as values, and how a command is declared."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import click

from policylint.adapters import clock, resources
from policylint.adapters.disk import DiskFiles
from policylint.adapters.files import CONFIG_NAME, STDIN, find_config, is_pipe, named_path
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode
from policylint.cli.output import Output, require_valid, show_config
from policylint.errors import UsageError
from policylint.model.config import EDITIONS
from policylint.model.lock import LOCK_NAME
from policylint.phrases import shorten
from policylint.project.project import Project
from policylint.project.resources import Resources
from policylint.text import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from policylint.adapters.disk import Progress
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
        if self.asks:
            return super().invoke(ctx)
        with terminal.working(ctx.info_name or ""):
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
    "--taken-at", metavar="TIME", help="When a snapshot was taken that does not say so: UTC, ISO 8601."
)
_CONFIG = click.option("--config", type=FILE, metavar="FILE", help="The policylint.yaml to use.")
_ENV = click.option("--env", metavar="NAME", help="The environment of policylint.yaml to use.")
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
        "--edition", type=click.Choice(EDITIONS), help="The edition of Exchange, where policylint.yaml does not say it."
    ),
    click.option("--no-snapshot", is_flag=True, help="Use no snapshot, whatever is configured."),
    taken_at_option,
    click.option(
        "--since",
        metavar="REV",
        help="The git revision last applied: what it declares and the files no longer do is removed.",
    ),
)


_REQUIRE = click.option(
    "--require-snapshot",
    is_flag=True,
    help="Fail where the configured snapshot is not there. Without it, what needs one is skipped.",
)


def project_options(function: Function) -> Function:
    """Give a command the options of a project and its snapshot, as one value."""
    return _as_value("options", ProjectOptions, _OF_PROJECT, function)


def check_options(function: Function) -> Function:
    """Give a command that can do without a snapshot the options of a project and its snapshot, as one value."""
    return _as_value("options", ProjectOptions, (*_OF_PROJECT, _REQUIRE), function)


_BASELINE = click.option(
    "--baseline", type=FILE, metavar="FILE", help="The findings that are counted and not shown, instead of `baseline`."
)


def lint_options(function: Function) -> Function:
    """Give a command the options of a project, its snapshot and its baseline, as one value."""
    return _as_value("options", ProjectOptions, (*_OF_PROJECT, _REQUIRE, _BASELINE), function)


def config_options(function: Function) -> Function:
    """Give a command that reads no snapshot the options of a project, as one value."""
    return _as_value("options", ProjectOptions, (_CONFIG, _ENV), function)


def live_options(function: Function) -> Function:
    """Give a command that reads files of live state the options of a project and of those files, as one value."""
    return _as_value("options", ProjectOptions, (_CONFIG, _ENV, allow_incomplete_option, taken_at_option), function)


def config_option(function: Function) -> Function:
    """Give a command that is the same in every environment the option of a project, as one value."""
    return _as_value("options", ProjectOptions, (_CONFIG,), function)


_OF_FILE = click.option("-o", "--output", "file", type=FILE, metavar="FILE", help="Write output to FILE.")
_OF_COLOR = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Color; auto means on a terminal, unless NO_COLOR is set.",
)


def output_options(formats: Iterable[str]) -> Decorator:
    """Return a decorator that gives a command --format, the first by default, --color and --output, as one value."""
    choices = tuple(formats)
    of_format = click.option(
        "--format", type=click.Choice(choices), default=choices[0], show_default=True, help="The format of the output."
    )
    return lambda function: _as_value("output", Output, (of_format, _OF_COLOR, _OF_FILE), function)


def file_option(function: Function) -> Function:
    """Give a command --output, as one value."""
    return _as_value("output", Output, (_OF_FILE,), function)


def color_option(function: Function) -> Function:
    """Give a command --color, as one value."""
    return _as_value("output", Output, (_OF_COLOR,), function)


def edition_option(help: str, **attributes: Any) -> Decorator:  # noqa: A002
    """Return a decorator that gives a command --edition."""
    return click.option("--edition", type=click.Choice(EDITIONS), help=help, **attributes)


def acknowledge_options(function: Function) -> Function:
    """Give a command the options that lift refusals."""
    function = click.option("--reason", default="", metavar="WHY", help="Why the refusals are lifted.")(function)
    return click.option(
        "--acknowledge", multiple=True, metavar="TEXT", help="Lift the refusal that names this text. May be repeated."
    )(function)


def _as_value(
    name: str, made: type[ProjectOptions] | type[Output], shared: Sequence[Decorator], function: Function
) -> Function:
    """Return a function that takes the parameters of options, and passes on the value that they make."""
    names = _names_of(shared)

    @wraps(function)
    def run(**given: Any) -> Any:
        values = {field: given.pop(field) for field in made._fields if field in names}
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
    help="End at once where the next commit changes files, and none of the policy. For hooks.",
)


def staged_option(function: Function) -> Function:
    """Give a command that hooks run the option --staged: it ends where the next commit does not concern the policy."""

    @wraps(function)
    def run(*given: Any, staged: bool, **named: Any) -> Any:
        if staged and not _is_concerned(named["options"], named.get("paths", ())):
            raise click.exceptions.Exit(ExitCode.CLEAN)
        return function(*given, **named)

    return _STAGED(run)


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
    concerned = (*_KINDS, ".json") if config is not None else _KINDS
    is_concerned = any(
        file.name in {CONFIG_NAME, LOCK_NAME}
        or file in snapshots
        or (file.is_relative_to(root) and file.suffix in concerned)
        for file in files
    )
    return is_concerned or (config is not None and _is_list(files, options))


_KINDS = (".yaml", ".yml", ".md")
"""The endings of policy files, of lint rules and of their pages."""


def _is_list(files: Collection[Path], options: ProjectOptions) -> bool:
    """Return whether one of some files is a list of names that an entry of the policy names."""
    found = disk_files(options)
    project = open_project(options._replace(show_config=False), found)
    return any(found.path(found.beside(name)).resolve() in files for name in project.name_lists.lists.files)


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
    )


def shown_progress() -> Progress | None:
    """Return what shows how far the reading of a file is, None where nobody would see it."""
    return terminal.with_progress if terminal.shows_status() else None


def open_project(options: ProjectOptions, files: DiskFiles | None = None, *, alone: bool = False) -> Project:
    """Return the project that the options name. With --show-config its settings are printed and the command ends.

    With `alone`, live state that --snapshot names needs no policy.
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
        doing=terminal.doing,
    )
    if options.show_config:
        show_config(project.config)
        raise click.exceptions.Exit(ExitCode.CLEAN)
    return project


def utc_time(text: str | None) -> str | None:
    """Return a time as snapshots have it. Raises UsageError where it is none."""
    moment = instant(text) if text is not None else None
    if text is not None and moment is None:
        hint = "write it as 2026-11-23T08:00:00Z"
        raise UsageError(f"invalid value for `--taken-at`: `{shorten(text)}` is not a time", help=hint)
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z" if moment is not None else None


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
