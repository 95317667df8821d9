"""How findings are shown, by format: for `policylint lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.cli.output import (
    AZURE,
    GITHUB,
    TEXT,
    Output,
    annotated,
    live_state_lines,
    live_state_record,
    with_live_state,
)
from policylint.escape import to_json
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policylint.cli.view_options import ViewOptions
    from policylint.lint.run import LintResult
    from policylint.project.project import Project
    from policylint.render.annotations import Annotation
    from policylint.render.style import Style


class ShownFindings(NamedTuple):
    """Findings, how they are to be shown, and whether a warning fails the run."""

    result: LintResult
    project: Project
    options: ViewOptions
    strict: bool = False
    statistics: bool = False
    quiet: bool = False
    exit_zero: bool = False

    def view(self, output: Output) -> str:
        """Return the findings in the format of an output."""
        if self.statistics:
            return _counted(self, output)
        shown = self._grouped()
        if self.quiet and output.format == TEXT:
            return _findings_alone(shown, output.style)
        return VIEWS[output.format](shown, output.style)

    def _grouped(self) -> ShownFindings:
        """Return the same with one finding for many alike in live state, which nobody could read one by one."""
        if self.project.snapshot is None:
            return self
        from policylint.lint.live import grouped

        found = grouped(self.result.diagnostics, self.project.snapshot.path)
        return self._replace(result=self.result._replace(diagnostics=found))


def _text(shown: ShownFindings, style: Style) -> str:
    from policylint.render.diagnostics.held_back import verdict_words
    from policylint.render.diagnostics.text import fixable, render_text

    result, day = shown.result, shown.project.as_of
    text = render_text(result.diagnostics, files=result.files, held_back=verdict_words(result), style=style)
    footer = fixable(result.diagnostics) + (f"checked as of {day}\n" if day else "")
    return with_live_state(f"{text}\n{footer}" if footer else text, shown.project)


def _concise(shown: ShownFindings, style: Style) -> str:
    from policylint.render.diagnostics.concise import render_concise

    return render_concise(shown.result.diagnostics, style)


def _json(shown: ShownFindings, _style: Style) -> str:
    return to_json(_record(shown))


def _record(shown: ShownFindings) -> dict[str, Any]:
    from policylint.render.diagnostics.json import baseline_record, lint_record, with_fingerprints

    result, project = shown.result, shown.project
    record = lint_record(result) | {"asOf": str(project.today)}
    return with_fingerprints(record | baseline_record(result), result) | live_state_record(project)


def _sarif(shown: ShownFindings, _style: Style) -> str:
    from policylint.render.diagnostics.sarif import sarif_record
    from policylint.version import __version__

    result, project = shown.result, shown.project
    record = sarif_record(
        result,
        project.rules,
        __version__,
        page=project.rule_page,
        environment=project.environment,
        successful=not project.unread(result.diagnostics),
    )
    return to_json(record)


def _annotations(shown: ShownFindings) -> Iterable[Annotation]:
    from policylint.render.diagnostics.annotations import annotations_of_result

    return annotations_of_result(shown.result)


def _gitlab(shown: ShownFindings, _style: Style) -> str:
    from policylint.render.diagnostics.gitlab import gitlab_record

    return to_json(gitlab_record(shown.result.diagnostics))


def _junit(shown: ShownFindings, _style: Style) -> str:
    from policylint.render.diagnostics.junit import render_findings

    return render_findings(shown.result, strict=shown.strict, exit_zero=shown.exit_zero)


def _markdown(shown: ShownFindings, _style: Style) -> str:
    from policylint.cli.view_options import mask
    from policylint.render.diagnostics.markdown import render_markdown

    people, lines = mask([shown.project], shown.options), live_state_lines(shown.project)
    return render_markdown(shown.result, people, lines, size=shown.options.size)


def _counted(shown: ShownFindings, output: Output) -> str:
    """Return what --statistics shows."""
    from policylint.render.diagnostics.counts import render_statistics, statistics_record
    from policylint.render.diagnostics.held_back import verdict_words
    from policylint.render.diagnostics.text import render_verdict

    result, found = shown.result, shown.result.diagnostics
    if output.format != TEXT:
        return to_json(_record(shown) | {"statistics": statistics_record(found)})
    head = render_verdict(found, files=result.files, held_back=verdict_words(result), style=output.style)
    rows = render_statistics(found, output.style)
    return with_live_state(f"{head}\n{rows}" if rows else head, shown.project)


def _findings_alone(shown: ShownFindings, style: Style) -> str:
    """Return what --quiet shows as text: the findings, and nothing where there is none."""
    from policylint.render.diagnostics.text import render_one

    return "\n".join(render_one(each, style) for each in shown.result.diagnostics)


VIEWS: Mapping[str, Callable[[ShownFindings, Style], str]] = {
    "text": _text,
    "concise": _concise,
    "json": _json,
    "sarif": _sarif,
    "github": annotated(GITHUB, _annotations),
    "gitlab": _gitlab,
    "junit": _junit,
    "azure": annotated(AZURE, _annotations),
    "markdown": _markdown,
}
