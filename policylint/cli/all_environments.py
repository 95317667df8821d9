"""`policylint plan --all-environments`: the plan of each environment in one table, one at a time."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from policylint.adapters.files import display_path, is_there, write_new_files
from policylint.cli import terminal
from policylint.cli.exit_codes import ExitCode, of_error, of_plan, worst
from policylint.cli.options import disk_files, open_project
from policylint.cli.output import AZURE, GITHUB, annotated, findings_code
from policylint.errors import FileError, PolicylintError, UsageError
from policylint.escape import to_json
from policylint.model.environment import Problem, shown
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed
from policylint.plan.environment_plan import EnvironmentPlan, summary_of
from policylint.plan.planfile import fingerprint_of, plan_pieces
from policylint.project.each_environment import environment_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from policylint.adapters.disk import DiskFiles
    from policylint.cli.options import ProjectOptions
    from policylint.cli.output import Output
    from policylint.cli.view_options import ViewOptions
    from policylint.project.project import Project
    from policylint.render.annotations import Annotation
    from policylint.render.style import Style


class Asked(NamedTuple):
    """What the command line asks of all plans: the folder to save them in, and what the exit code depends on."""

    folder: Path | None
    detailed: bool
    drift: bool


def _text(found: Sequence[EnvironmentPlan], style: Style) -> str:
    from policylint.render.environments.plans import render_plans

    return render_plans(found, style=style)


def _json(found: Sequence[EnvironmentPlan], _style: Style) -> str:
    from policylint.render.environments.plans import plans_record

    return to_json(plans_record(found))


def _annotations(found: Sequence[EnvironmentPlan]) -> Iterable[Annotation]:
    from policylint.render.environments.plans import annotations_of_plans

    return annotations_of_plans(found)


VIEWS: Mapping[str, Callable[[Sequence[EnvironmentPlan], Style], str]] = {
    "text": _text,
    "json": _json,
    **{name: annotated(name, _annotations) for name in (GITHUB, AZURE)},
}


def plan_all(
    options: ProjectOptions, output: Output, asked: Asked, chosen: ViewOptions, excluded: Mapping[str, object]
) -> None:
    """Plan each environment, save the plans where a folder is named, and show one table; exit with the worst code.

    `excluded` are the values of options that are for one plan. Raises UsageError where one is given.
    """
    _check(options, output, chosen, excluded)
    files = disk_files(options)
    first = open_project(options, files)
    names = environment_names(first)
    paths = _paths(names, asked.folder) if asked.folder is not None else {}
    found = []
    for name in names:
        found.append(_planned(first, files, name, asked, paths.get(name)))
        _forget(first=len(found) == 1)
    if asked.folder is not None:
        saved = sum(each.file is not None for each in found)
        terminal.say(f"wrote {count(saved, 'plan')} to {display_path(asked.folder)}", err=True)
    output.show(lambda each: _shown(found, each, chosen))
    code = worst(ExitCode(each.exit_code) for each in found)
    if code is not ExitCode.CLEAN:
        raise click.exceptions.Exit(code)


def _shown(found: Sequence[EnvironmentPlan], output: Output, chosen: ViewOptions) -> str:
    if output.format == "markdown":
        from policylint.render.environments.plans import render_plans_markdown

        return render_plans_markdown(found, size=chosen.size)
    return VIEWS[output.format](found, output.style)


def _check(options: ProjectOptions, output: Output, chosen: ViewOptions, excluded: Mapping[str, object]) -> None:
    """Raise UsageError where the command line asks for what is of one environment."""
    of_one = {"--env": options.env, "--snapshot": options.snapshot, "--show-config": options.show_config, **excluded}
    given = [name for name, value in of_one.items() if value]
    if given:
        hint = "leave one of them out: it is about one plan"
        raise UsageError(f"--all-environments excludes {listed(given, None)}", help=hint)
    if "html" in output.formats:
        raise UsageError("--format html shows one plan", help="use another format with --all-environments")
    if chosen.show_people:
        raise UsageError("--show-people is for one plan", help="the table of all environments names nobody")


def _forget(*, first: bool) -> None:
    """Free what an environment left, which else is looked for too rarely; what the first one loaded is for all."""
    gc.collect()
    if first:
        gc.freeze()


def _planned(first: Project, files: DiskFiles, name: str | None, asked: Asked, path: Path | None) -> EnvironmentPlan:
    """Return what the plan of an environment does, after it was saved where a path is given, or why there is none.

    Only that is kept: the policy and live state of an environment are not, once it was planned.
    """
    mine = files.again()
    project = first.in_environment(name, mine, mine)
    terminal.doing(f"planning {shown(name)}")
    try:
        if project.errors:
            return _invalid(project)
        plan = project.plan()
        fingerprint = fingerprint_of(plan)
        found = summary_of(plan, name, fingerprint)
        code = of_plan(
            refused=bool(plan.refusals),
            drifts=bool(plan.drift),
            in_sync=plan.in_sync,
            detailed=asked.detailed,
            fail_on_drift=asked.drift,
        )
        found = found._replace(exit_code=code)
    except PolicylintError as problem:
        return EnvironmentPlan(name, problem=Problem.of(problem), exit_code=of_error(problem))
    except RecursionError:
        nested = Problem("the input is nested too deeply", None, None)
        return EnvironmentPlan(name, problem=nested, exit_code=ExitCode.FAILED)
    if path is None:
        return found
    write_new_files({path: "".join(plan_pieces(plan, 1, fingerprint))})
    return found._replace(file=display_path(path))


def _invalid(project: Project) -> EnvironmentPlan:
    """Return that the policy of an environment is not valid, with the first thing that is wrong."""
    first = project.errors[0]
    more = f" and {len(project.errors) - 1:,} more" if len(project.errors) > 1 else ""
    problem = Problem(f"the policy is not valid: {first.message}{more}", str(first.span), first.help)
    return EnvironmentPlan(project.environment, problem=problem, exit_code=findings_code(project, project.errors))


def _paths(names: Sequence[str | None], folder: Path) -> Mapping[str | None, Path]:
    """Return the file of the plan of each environment, in a folder that is empty or not there.

    So a plan of an earlier run does not stay for an environment that cannot be planned now. Raises UsageError.
    """
    if is_there(folder) and not folder.is_dir():
        raise UsageError(f"{display_path(folder)} is a file", help="with --all-environments, --out names a folder")
    if is_there(folder) and any(folder.iterdir()):
        hint = "name an empty folder, or one that is not there: plans of an earlier run must not stay"
        raise UsageError(f"{display_path(folder)} is not empty", help=hint)
    paths = {name: folder / ("plan.json" if name is None else f"plan-{quote(name, safe='')}.json") for name in names}
    seen: dict[str, str] = {}
    for name, path in paths.items():
        other = seen.setdefault(path.name.casefold(), shown(name))
        if other != shown(name):
            message = f"the plans of `{other}` and `{shown(name)}` would be one file where case does not count"
            raise UsageError(message, help="rename one of the environments")
    if too_long := next((name for name, path in paths.items() if len(path.name) > _LONGEST), None):
        raise FileError(f"the name of `{too_long[:40]}...` is too long for a file", help="rename the environment")
    return paths


_LONGEST = 240
"""How long the name of a file may be; most systems take 255 bytes."""
