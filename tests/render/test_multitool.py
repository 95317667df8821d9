"""The SARIF of findings in Microsoft's multitool, which knows more of the format than its schema says."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.escape import to_json
from policylint.render.diagnostics.sarif import sarif_record
from tests import npm
from tests.render.diagnostics import create_result
from tests.requirements import LINUX, NODE
from tests.texts import shared

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent / "multitool"

pytestmark = [NODE.needed, LINUX.needed]

OFFLINE = """\
<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options">
    <Property Key="RuleEnabled" Value="Disabled" />
  </Properties>
</Properties>
"""
"""A configuration in which no page of a rule is fetched."""

NOTES = {
    "SARIF2002": "messages are texts, not IDs with arguments: a finding is about one place and its values",
    "SARIF2003": "which repository it is, and where that is, the program that uploads the file knows",
    "SARIF2009": "IDs of rules are words, as people write them in configurations and comments",
    "SARIF2010": "no text of the policy is copied beside its place",
    "SARIF2011": "nor the lines around it",
    "SARIF2012": "a rule of a project's own has no page",
}
"""What it would like, and why it is not so."""


def test_nothing_is_wrong_with_it(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    """By its rules for SARIF and for GitHub; those for Azure DevOps ask for what only a pipeline can know."""
    assert pytestconfig.cache is not None
    modules = npm.installed(HERE, pytestconfig.cache.mkdir("sarif-multitool"))
    program = modules / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    program.chmod(0o755)
    log, out, config = tmp_path / "findings.sarif", tmp_path / "out.sarif", tmp_path / "config.xml"
    config.write_text(OFFLINE, encoding="utf-8")
    record = sarif_record(create_result(), shared().rules, "1.2.3", page=shared().rule_page, environment="production")
    log.write_text(to_json(record), encoding="utf-8")
    kinds = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note"]
    command = [str(program), "validate", str(log), "--output", str(out), "--config", str(config), *kinds]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))["runs"][0]["results"]
    levels = Counter(each.get("level", "warning") for each in found)
    assert {"note"} == set(levels), [each for each in found if each.get("level") != "note"]
    assert set(NOTES) >= {each["ruleId"] for each in found}
