"""What the scripts make of an error: whether it passes by itself, is final, or says that there is no such object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.powershell import scenes
from tests.powershell.scenes import converge, full_plan, scene
from tests.powershell.test_common import run
from tests.requirements import TURKISH, TURKISH_PWSH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.powershell.exchange import Exchange

REST = "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.{}|The operation couldn't be performed."
FAILURES: dict[str, tuple[str, dict[str, str], str]] = {
    # What passes by itself.
    "status in a message": ("HTTP 429: Too many requests.", {}, "passing"),
    "status of the service": (
        'HttpStatusCode=500 ErrorMessage={"error":{"code":"InternalServerError","message":"x"}}',
        {},
        "passing",
    ),
    "status and a type inside": (
        'Error while querying REST service. HttpStatusCode=500 ErrorMessage={"error":{"code":"InternalServerErr\nor",'
        '"innererror":{"type":"Microsoft.Exchange.Data.Directory.ADTransientException"}}}',
        {},
        "passing",
    ),
    "type inside a text of a proxy": (
        "Cmdlet error: Microsoft.Exchange.Data.Directory.ADServerSettingsChangedException: An error caused a change.",
        {},
        "passing",
    ),
    "busy, in one word": ("EWS operation failed (ErrorServerBusy)", {}, "passing"),
    "status alone": ("HttpStatusCode=503", {}, "passing"),
    "status in brackets": ("The remote server returned an error: (503) Server Unavailable.", {}, "passing"),
    "time-out of a gateway": ("The request timed out. (504) Gateway Timeout", {}, "passing"),
    "server side": ("A server side error has occurred. Please try again after some time.", {}, "passing"),
    "in capitals": ("INTERNAL SERVER ERROR", {}, "passing"),
    "throttled": ("This operation has been throttled.", {}, "passing"),
    "micro delay": ("Micro delay applied.", {}, "passing"),
    "no domain controller": ("Active Directory server dc1.contoso.com is not available. Retry later.", {}, "passing"),
    "unavailable": ("The service is unavailable.", {}, "passing"),
    "unavailable for now": ("Exchange Online is currently unavailable.", {}, "passing"),
    "no connection": ("Unable to connect to the remote server", {}, "passing"),
    "a quota of the load": ("The user load quota of 1000 requests has been exceeded.", {}, "passing"),
    "too many connections": ("You have exceeded the maximum number of connections allowed.", {}, "passing"),
    "down or busy": ("The server is down / busy.", {}, "passing"),
    "a pipe": ("Broken pipe", {}, "passing"),
    "no network": ("Network is unreachable", {}, "passing"),
    "a type without its namespace": ("OverBudgetException: over budget", {}, "passing"),
    "closed": ("The underlying connection was closed: a receive failed.", {}, "passing"),
    "not sent": ("An error occurred while sending the request.", {}, "passing"),
    "reset": ("Connection reset by peer", {}, "passing"),
    "no host": ("No such host is known. (outlook.office365.com:443)", {}, "passing"),
    "remoting": ("Starting a command on the remote server failed with the following error message", {}, "passing"),
    "WinRM": ("The WinRM client cannot complete the operation within the time specified.", {}, "passing"),
    "canceled": ("A task was canceled.", {}, "passing"),
    "retriable": ("This failure is retriable.", {}, "passing"),
    "type of .NET": ("x", {"type": "System.Net.WebException"}, "passing"),
    "type of a request": ("x", {"type": "System.Net.Http.HttpRequestException"}, "passing"),
    "type of a stream": ("x", {"type": "System.IO.IOException"}, "passing"),
    "type of a task": ("x", {"type": "System.Threading.Tasks.TaskCanceledException"}, "passing"),
    "type of a time-out": ("x", {"type": "System.TimeoutException"}, "passing"),
    "type behind a type": ("x", {"inner": "System.Net.Sockets.SocketException"}, "passing"),
    "type in the category": ("x", {"reason": "ADTransientException"}, "passing"),
    "type before the text": (REST.format("ADTransientException"), {}, "passing"),
    "type in the id": ("x", {"id": "[FailureCategory=Cmdlet-ServerBusyException] 1,Get-X"}, "passing"),
    "category of a time-out": ("x", {"category": "OperationTimeout"}, "passing"),
    # There is no such object.
    "missing, by its type": ("Objekt nicht gefunden", {"reason": "ManagementObjectNotFoundException"}, "missing"),
    "missing, by its category": ("x", {"category": "ObjectNotFound"}, "missing"),
    "missing, by its prefix": (REST.format("ManagementObjectNotFoundException"), {}, "missing"),
    "missing, by a type inside": (
        'HttpStatusCode=404 ErrorMessage={"error":{"code":"NotFound","innererror":{"type":'
        '"Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"}}}',
        {},
        "missing",
    ),
    "missing, though it names a status": (
        "(503) is not there",
        {"id": "[FailureCategory=Cmdlet-ManagementObjectNotFoundException] 1,Get-X"},
        "missing",
    ),
    # What would only fail again, whatever a name holds.
    "a room with a number": ("The object 'room-503@contoso.com' couldn't be found on 'DC01'.", {}, "final"),
    "a name that is a word": ("The mailbox throttle@contoso.com couldn't be found.", {}, "final"),
    "a name with brackets": ("The mailbox 'Room (503) timed out' couldn\u2019t be found.", {}, "final"),
    "a group": ('The recipient "temporary" wasn\'t found.', {}, "final"),
    "exists": ("The policy '429' already exists.", {}, "final"),
    "not found, in other words": ("No rule of that name was found: no such object.", {}, "final"),
    "bad request": ("HttpStatusCode=400 ErrorMessage=Expired or Invalid pagination request", {}, "final"),
    "forbidden": ("The remote server returned an error: (403) Forbidden.", {}, "final"),
    "no access": ("x", {"reason": "UnauthorizedAccessException"}, "final"),
    "no access, by its category": ("x", {"category": "PermissionDenied"}, "unknown"),
    # Anything else.
    "unknown": ("An Active Directory error occurred.", {}, "unknown"),
    "a name in quotation marks": ("The policy 'throttled' is in use.", {}, "unknown"),
    "a name with a number in quotation marks": ('"Room (503)": invalid value', {}, "unknown"),
    "an id in brackets": ("The device id (429) isn't valid.", {}, "unknown"),
    "a name that begins so": ("The policy Throttled Users is assigned.", {}, "unknown"),
    "a name with blanks": ('"Timed out kiosks" is assigned.', {}, "unknown"),
    "an address": ("internal-server-error@contoso.com is no recipient.", {}, "unknown"),
    "a number": ("The value 503 is not valid.", {}, "unknown"),
    "a token that was revoked": ("HttpStatusCode=401", {}, "unknown"),
}


def record(message: str, parts: dict[str, str]) -> str:
    """Return the PowerShell that makes an error record."""
    text = "(-join [char[]](" + ",".join(str(ord(char)) for char in message) + "))"
    inner = f"[{parts['inner']}]::new()" if "inner" in parts else "$null"
    made = f"[{parts.get('type', 'System.Exception')}]::new({text}, [System.Exception]{inner})"
    category, identifier = parts.get("category", "NotSpecified"), parts.get("id", "id")
    line = f"$e = [System.Management.Automation.ErrorRecord]::new({made}, '{identifier}', '{category}', $null)"
    return line + (f"; $e.CategoryInfo.Reason = '{parts['reason']}'" if "reason" in parts else "")


@pytest.mark.parametrize(
    "environment", [pytest.param({}, id="as it is"), pytest.param(TURKISH, id="Turkish", marks=TURKISH_PWSH.needed)]
)
def test_what_an_error_is(pwsh: str, tmp_path: Path, environment: dict[str, str]) -> None:
    lines = "\n".join(f"{record(text, parts)}; Get-FailureKind $e" for text, parts, _ in FAILURES.values())
    process = run(pwsh, tmp_path, lines, **environment)
    assert "" == process.stderr
    expected = {name: kind for name, (_, _, kind) in FAILURES.items()}
    assert expected == dict(zip(FAILURES, process.stdout.splitlines(), strict=True))


@pytest.mark.parametrize(
    ("error", "times"),
    [
        ({"message": "HttpStatusCode=503"}, 3),
        ({"message": "What is this?"}, 1),
        ({"message": "A task was canceled.", "type": "System.Threading.Tasks.TaskCanceledException"}, 2),
    ],
)
def test_what_passes_is_tried_again(exchange: Exchange, error: dict[str, Any], times: int) -> None:
    errors = [error | {"at": list(range(2, 2 + times))}, error | {"atRead": list(range(4, 4 + times))}]
    result = exchange.run(converge(full_plan()), scene(), options={"errors": errors})
    assert (0, []) == (result.exit_code, result.errors)
    assert 2 * times == sum("trying again in" in text for text in result.warnings)


def test_what_is_not_known_is_tried_once_more(exchange: Exchange) -> None:
    errors = [{"message": "What is this?", "at": [2, 3]}]
    result = exchange.run(converge(full_plan()), scene(), options={"errors": errors})
    assert (1, 1) == (result.exit_code, len(result.warnings))
    assert "What is this?" in result.errors[0]


def test_a_token_that_expires_in_the_middle(exchange: Exchange) -> None:
    script, expired = converge(full_plan()), {"anyFrom": 9, "message": "HttpStatusCode=401"}
    few = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 0, "Until": "s003"}
    renewed = exchange.run(script, scene(), few, options={"errors": [expired | {"times": 1}]})
    assert (0, [], 3) == (renewed.exit_code, renewed.errors, len(renewed.calls))
    lost = exchange.run(script, scene(), few, options={"errors": [expired]})
    assert (1, "failed") == (lost.exit_code, lost.journal[-1]["outcome"])
    assert "HttpStatusCode=401" in lost.errors[0]
    assert 0 < len(lost.calls) < 3
    again = exchange.run(script, lost.state, few)
    assert (0, 3) == (again.exit_code, len(lost.calls) + len(again.calls))


def test_a_name_that_finds_nothing_leaves_the_others(exchange: Exchange) -> None:
    """A Guid that is not known any more is no reason to try again for a minute."""
    state = scene()
    state["mailboxes"][0]["Guid"] = scenes.guid(77)
    state["mailboxes"][0]["Name"] = "throttled"
    result = exchange.run(converge(full_plan()), state, {"Confirm": False, "PaceMilliseconds": 0, "StepId": "s002"})
    assert (1, []) == (result.exit_code, result.warnings)
    assert "not the one meant" in result.errors[0]
    assert json.dumps(state["mailboxes"]) == json.dumps(result.state["mailboxes"])
