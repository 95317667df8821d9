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


def test_a_block_of_another_kind_below_a_command_stays() -> None:
    page = filled(START + "<!-- run: git stash list -->\n\n```powershell\n./converge.ps1\n```\n")
    assert page.endswith("```console\n$ git stash list\n```\n\n```powershell\n./converge.ps1\n```\n")
    assert page == filled(page)


def test_the_default_of_an_organization_that_was_never_strict_is_allow() -> None:
    page = filled(
        "<!-- session: open -->\n<!-- run: policylint plan; to in sync -->\n<!-- run: git grep DefaultAccess -->\n"
    )
    assert "in sync" in page
    assert "policy/organization.yaml:  DefaultAccessLevel: Allow\n" in page


def test_live_state_is_as_the_policy_says_once_a_plan_was_applied() -> None:
    page = filled(
        "<!-- session: imported -->\n<!-- file: policy/more.yaml -->\n```yaml\n"
        "mailboxes:\n  - Identity: nadia.rahman@contoso.com\n    ActiveSyncMailboxPolicy: Frontline\n```\n"
        "<!-- run: policylint plan --out plan.json; to 1 step -->\n<!-- applied: plan.json -->\n"
        "<!-- run: policylint plan; to in sync -->\n"
    )
    assert "$ policylint plan\nin sync: live state is as the policy says\n" in page


def test_the_way_back_is_planned_from_the_journal_of_the_script() -> None:
    page = filled(
        START + "<!-- run: policylint plan --out plan.json; to 16 steps -->\n"
        "<!-- applied: plan.json; journal run.journal.jsonl -->\n"
        "<!-- run: policylint plan --from-journal run.journal.jsonl; to steps, in -->\n"
    )
    assert "$ policylint plan --from-journal run.journal.jsonl\n16 steps: 7 newly allowed, 11 newly quarantined" in page


def test_what_somebody_typed_in_exchange_is_in_the_next_export() -> None:
    page = filled(
        "<!-- session: imported -->\n<!-- live: today.json -->\n```powershell\n"
        "New-ActiveSyncDeviceAccessRule -Characteristic DeviceType -QueryString Nine -AccessLevel Allow\n"
        "Remove-ActiveSyncDeviceAccessRule 'WP8 (DeviceType)'\n"
        "Set-CASMailbox aisha.khan@contoso.com -ActiveSyncAllowedDeviceIDs @{Add='A1'; Remove='NineF729A2327CE8'}\n"
        "Set-CASMailbox amara.diallo@contoso.com -ActiveSyncEnabled $false\n"
        "Set-ActiveSyncOrganizationSettings -DefaultAccessLevel Block\n```\n"
        "<!-- run: policylint plan --snapshot today.json -->\n"
    )
    assert "today.json of 2026-11-21T06:00:00Z, 3 hours old\n" in page
    assert "DefaultAccessLevel: Block -> Quarantine" in page
    assert "+ device access rule WP8 (DeviceType)" in page
    assert "amara.diallo@contoso.com.ActiveSyncEnabled: false (not declared)" in page
    assert "ActiveSyncAllowedDeviceIDs: +NineF729A2327CE8" in page


def test_a_partnership_that_is_removed_is_in_no_later_export() -> None:
    gone = "miriam.okafor\\ExchangeActiveSyncDevices\\EAS§iPhone§PTEW905MM5NPCNZ1SGLBYJHV4X"
    page = filled(
        f"<!-- session: empty -->\n<!-- live: live.json -->\n```powershell\nRemove-MobileDevice '{gone}'\n```\n"
        "<!-- run: policylint why PTEW905MM5NPCNZ1SGLBYJHV4X --snapshot live.json; exit 4 -->\n"
    )
    assert "no device" in page


def test_an_organization_is_not_taken_for_the_other_one() -> None:
    page = filled(
        "<!-- session: two -->\n"
        "<!-- do: policylint import contoso/live.json -o policy -->\n"
        "<!-- run: policylint plan --snapshot fabrikam/live.json; exit 4 -->\n"
    )
    assert "fabrikam.onmicrosoft.com" in page
    assert "imported" not in page


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<!-- run: policylint lint; exit 1 -->\n", "ends with 0, not 1"),
        ("<!-- run: policylint lint; to no such words -->\n", "does not print `no such words` any more"),
        (DIFFERENCE.replace("-  DefaultAccessLevel: Quarantine", "-  DefaultAccessLevel: Allow"), "has 0 times"),
        ("<!-- edit: policy/organization.yaml -->\n", "nothing below"),
        ("<!-- run: rm -r policy -->\n", "rm -r policy"),
        (
            "<!-- live: live.json -->\n```powershell\nSet-CASMailbox john.doe -ActiveSyncAllowedDeviceIDs A1\n```\n",
            "Set-CASMailbox",
        ),
    ],
    ids=["exit-code", "words", "edit", "no-block", "other-program", "whole-list"],
)
def test_what_does_not_go_as_the_page_says_is_an_error(page: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        filled(START + page)


def test_the_example_itself_stays_as_it_is() -> None:
    before = (EXAMPLE / "live.json").read_bytes()
    filled(START + "<!-- run: policylint plan --out plan.json; to 16 steps -->\n<!-- applied: plan.json -->\n")
    assert before == (EXAMPLE / "live.json").read_bytes()
    assert "2026-11-20T06:00:00Z" == json.loads(before)["header"]["takenAt"]
