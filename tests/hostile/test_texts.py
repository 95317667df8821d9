"""Whatever names and texts hold, no command and no format lets it steer what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.cli.main import COMMANDS, HELP
from tests.hostile.runs import Case, Printed, problems, without_color
from tests.hostile.world import FORGED, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SILENT = {"cache", "schema", "export-script", "completion"}
"""Commands that print nothing of what a repository holds."""


def test_every_command_is_run() -> None:
    """A new command is in the table of runs from the first."""
    assert {*COMMANDS, HELP} == set(RUNS)
    assert all(RUNS.values())


def test_no_output_is_steered(printed: dict[Case, Printed]) -> None:
    found = {case.id: each for case, output in printed.items() if (each := problems(case, output))}
    assert {} == found


def test_nothing_is_taken_for_a_bug(printed: dict[Case, Printed]) -> None:
    assert [] == [case.id for case, output in printed.items() if b"Traceback" in output.err]
    assert {0, 1, 2, 3, 4} >= {output.code for output in printed.values()}


def test_color_is_all_that_color_adds(printed: dict[Case, Printed]) -> None:
    """Codes in foreign texts would be taken away with those of ours, and the rest would differ."""
    plain = {case: output for case, output in printed.items() if not case.color and not case.file}
    colored = {case: output for case, output in printed.items() if case.color}
    assert colored
    for case, output in colored.items():
        arguments = case.arguments[: case.arguments.index("--color")]
        expected = plain[case._replace(arguments=arguments, color=False)]
        assert expected.out == without_color(output.out), case.id
        assert expected.err == without_color(output.err), case.id


def test_the_texts_are_there(printed: dict[Case, Printed]) -> None:
    """Each command shows some of them, in each of its formats."""
    shown = {(case.command, case.format): False for case in printed if case.command not in _SILENT}
    for case, output in printed.items():
        if FORGED.encode() in output.out + output.err:
            shown[case.command, case.format] = True
    assert [] == [key for key, is_shown in shown.items() if not is_shown and key[0] not in _SILENT]


def _programs(printed: dict[Case, Printed]) -> Iterator[bytes]:
    for case, output in printed.items():
        if case.format == "ps1" and output.code == 0 and not case.file:
            yield output.out


def test_a_script_is_commented_by_its_makers_alone(printed: dict[Case, Printed]) -> None:
    """The comments at its top are of the plan's own fields, each on a short line."""
    programs = list(_programs(printed))
    assert programs
    for program in programs:
        head = program.split(b"\n\n", 1)[0].split(b"<#", 1)[0].splitlines()
        assert all(line.startswith(b"# ") and len(line) < 200 for line in head)
        assert not any(FORGED.encode() in line for line in head)
