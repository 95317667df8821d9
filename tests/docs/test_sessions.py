"""A page that is followed from top to bottom: commands run in order, and what does not go as it says is an error."""

from __future__ import annotations

import json

import pytest

from tools import EXAMPLE
from tools.docs.sessions import filled

START = "<!-- session: contoso -->\n"
DIFFERENCE = """\
<!-- edit: policy/organization.yaml -->

```diff
 organization:
-  DefaultAccessLevel: Quarantine
+  DefaultAccessLevel: Block
```
"""


def test_a_command_sees_what_the_page_did_before_it() -> None:
    page = filled(START + DIFFERENCE + "\n<!-- run: git diff --stat -- policy && git stash list -->\n")
    assert (
        "```console\n$ git diff --stat -- policy\n policy/organization.yaml | 2 +-\n"
        " 1 file changed, 1 insertion(+), 1 deletion(-)\n$ git stash list\n```\n"
    ) in page
    assert page == filled(page)


def test_live_state_is_as_the_policy_says_once_a_plan_was_applied() -> None:
    page = filled(
        "<!-- session: imported -->\n<!-- file: policy/more.yaml -->\n```yaml\n"
        "mailboxes:\n  - Identity: nadia.rahman@contoso.com\n    ActiveSyncMailboxPolicy: Frontline\n```\n"
        "<!-- run: policylint plan --out plan.json; to 1 step -->\n<!-- applied: plan.json -->\n"
        "<!-- run: policylint plan; to in sync -->\n"
    )
    assert "$ policylint plan\nin sync: live state is as the policy says\n" in page


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<!-- run: policylint lint; exit 1 -->\n", "ends with 0, not 1"),
        ("<!-- run: policylint lint; to no such words -->\n", "does not print `no such words` any more"),
        (DIFFERENCE.replace("-  DefaultAccessLevel: Quarantine", "-  DefaultAccessLevel: Allow"), "has 0 times"),
        ("<!-- edit: policy/organization.yaml -->\n", "nothing below"),
        ("<!-- run: rm -r policy -->\n", "rm -r policy"),
    ],
    ids=["exit-code", "words", "edit", "no-block", "other-program"],
)
def test_what_does_not_go_as_the_page_says_is_an_error(page: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        filled(START + page)


def test_the_example_itself_stays_as_it_is() -> None:
    before = (EXAMPLE / "live.json").read_bytes()
    filled(START + "<!-- run: policylint plan --out plan.json; to 16 steps -->\n<!-- applied: plan.json -->\n")
    assert before == (EXAMPLE / "live.json").read_bytes()
    assert "2026-11-20T06:00:00Z" == json.loads(before)["header"]["takenAt"]
