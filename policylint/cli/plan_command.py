"""`policylint plan`: what has to change, and who is affected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policylint.adapters.files import display_path, read_source
from policylint.cli.exit_codes import ExitCode, of_plan
from policylint.cli.options import (
    FILE,
    ProjectOptions,
    acknowledge_options,
    declare,
    open_project,
    output_options,
    project_options,
    shown_path,
)
from policylint.cli.output import TEXT, Output, require_free, require_valid, save_pieces, show_errors, with_live_state
from policylint.cli.plan_views import OF_A_RUN, SMALLEST, ShownPlan
from policylint.cli.rings import RingOptions, plan_rings, ring_options
from policylint.cli.view_options import ViewOptions, view_options
from policylint.errors import UsageError
from policylint.plan.planfile import fingerprint_of, plan_pieces

if TYPE_CHECKING:
    from pathlib import Path


@declare("plan", "policylint plan --out plan.json", "policylint plan --base origin/main --detailed-exitcode")
@acknowledge_options
@click.option(
    "--out", type=FILE, metavar="FILE", help="Save the plan for `apply-script`; with --rings, a folder of plans."
)
@click.option(
    "--all-environments",
    is_flag=True,
    help="Plan each environment, and show one table; --out is then a folder of plans.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if something would change, or drifts.")
@click.option(
    "--fail-on",
    type=click.Choice(["drift"]),
    help="Exit code 1 if something live stays that differs from the policy.",
)
@click.option("--base", metavar="REV", help="Mark each step: from this branch, pending at REV, or drift.")
@click.option(
    "--audit-log", type=FILE, metavar="FILE", help="Show who made each change that drifted, from an exported audit log."
)
@click.option("--from-journal", type=FILE, metavar="FILE", help="Plan how to undo what a script did, from its journal.")
@click.option("--full", is_flag=True, help="Show every step and class.")
@view_options(smallest=SMALLEST)
@ring_options
@output_options(OF_A_RUN)
@project_options
def command(
    options: ProjectOptions,
    output: Output,
    acknowledge: tuple[str, ...],
    reason: str,
    out: Path | None,
    all_environments: bool,
    detailed_exitcode: bool,
    fail_on: str | None,
    base: str | None,
    audit_log: Path | None,
    from_journal: Path | None,
    full: bool,
    show_people: bool,
    max_size: int | None,
    rings: RingOptions,
) -> None:
    """Show what must change in live state, in order, and whose access changes.

    Markdown is a comment for a pull request, HTML a single-file report. Both count mailboxes and device IDs, and
    name them only with --show-people.

    Exit code 1 if a guard refuses, or with --fail-on drift if something live stays that differs from the policy; 2
    with --detailed-exitcode if something would change or drifts.

    With --all-environments, the others are planned even if one cannot be, and the exit code is the worst: 4, 3, 1,
    2, 0.

    With --from-journal, the policy has no effect: the plan undoes what the script of an earlier plan did.
    """
    chosen = ViewOptions(full, show_people, max_size)
    chosen.check(output)
    if all_environments:
        from policylint.cli.all_environments import Asked, plan_all

        of_one: dict[str, object] = {"--acknowledge": acknowledge, "--reason": reason, "--base": base}
        of_one |= {"--audit-log": audit_log, "--from-journal": from_journal}
        of_one |= {"--rings": rings.specs, "--after": rings.after, "--full": full}
        plan_all(options, output, Asked(out, detailed_exitcode, fail_on is not None), chosen, of_one)
        return
    if rings.after is not None and not rings.specs and (base is not None or audit_log is not None):
        raise UsageError("--after excludes --base and --audit-log", help="leave one of them out")
    if rings.specs and (base is not None or audit_log is not None):
        hint = "plan without --rings to see whose changes there are"
        raise UsageError("--rings excludes --base and --audit-log", help=hint)
    if from_journal is not None:
        if base is not None or audit_log is not None or rings.specs or rings.after is not None:
            hint = "leave one of them out: what a script did is of no branch and of no ring"
            raise UsageError("--from-journal excludes --base, --audit-log and --rings", help=hint)
        from policylint.project.rollback import plan_back

        project = open_project(options)
        plan = plan_back(project, read_source(from_journal), acknowledge=acknowledge, reason=reason)
    else:
        project = open_project(options)
        if project.errors:
            show_errors(project, output, "policylint plan")
        require_valid(project, output.style)
        if rings.specs:
            drift = fail_on is not None
            plan_rings(project, rings, output, acknowledge, reason, out, detailed=detailed_exitcode, drift=drift)
            return
        log = shown_path(audit_log) if audit_log else None
        plan = project.plan(acknowledge, reason, base=base, audit_log=log, after=rings.done(project))
    file = display_path(out) if out is not None else None
    own = [(name, str(value)) for name, value in (("base", base), ("from-journal", from_journal)) if value is not None]
    given = [*options.given, *own]
    fingerprint = fingerprint_of(plan) if file is not None else ""
    shown = ShownPlan(plan, project.store, chosen, project.now, file, given, fingerprint)

    def view(each: Output) -> str:
        text = OF_A_RUN[each.format](shown, each.style)
        return with_live_state(text, project) if each.format == TEXT else text

    texts = {each: view(each) for each in output.each}
    if out is not None:
        require_free([out])
        save_pieces(plan_pieces(plan, 1, fingerprint), out)
    output.show(texts.__getitem__)
    code = of_plan(
        refused=bool(plan.refusals),
        drifts=bool(plan.drift),
        in_sync=plan.in_sync,
        detailed=detailed_exitcode,
        fail_on_drift=fail_on is not None,
    )
    if code is not ExitCode.CLEAN:
        raise click.exceptions.Exit(code)
