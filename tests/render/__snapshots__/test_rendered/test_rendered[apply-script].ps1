# policylint 0.1.0: applies one reviewed plan to mobile device access settings of Exchange.
# Plan sha256:e53475c987fce1c156b0263a029ecd3c12e65388488fb4d5fca137d2ff2ae9a8, 16 steps for exchange-online.
# Created 2026-11-23T12:00:00Z, refused after 2036-11-20T12:00:00Z.
<#
.SYNOPSIS
Brings the mobile device access settings of one Exchange organization to the state that a reviewed plan describes.

.DESCRIPTION
Reads each object again before it is touched. A value that is already as planned is left alone; a value that is neither what
the plan saw nor what it wants stops the run before that step. Every change is read back, and every step is written to a
journal. The script may be stopped anywhere and run again.

It needs an open session: connect first, use -Connect (Exchange Online), or run it in the Exchange Management Shell.
Exit code 0: the chosen steps are as the plan wants them. 1: stopped; the message and the journal say where and why.

.PARAMETER JournalPath
File to append the journal to, one JSON object a line. Default: beside this script, named after the plan.

.PARAMETER StepId
Run these steps only (several with commas), in the order of the plan.

.PARAMETER Until
Run the steps up to and including this one.

.PARAMETER PaceMilliseconds
Time to wait between two changes, against throttling.

.PARAMETER Connect
Open a session with Exchange Online for this run, and close it at the end.
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [string]$JournalPath,
    [string[]]$StepId,
    [string]$Until,
    [ValidateRange(0, 3600000)][int]$PaceMilliseconds = 500,
    [switch]$Connect
)

$Plan = @{
    'format' = 'policylint-plan/1'
    'tool' = '0.1.0'
    'createdAt' = '2026-11-23T12:00:00Z'
    'notAfter' = '2036-11-20T12:00:00Z'
    'fingerprint' = 'sha256:e53475c987fce1c156b0263a029ecd3c12e65388488fb4d5fca137d2ff2ae9a8'
    'edition' = 'exchange-online'
    'tenant' = '510a7fe1-50f4-5852-90b4-23956de2d650'
    'organization' = 'contoso.onmicrosoft.com'
    'organizationGuid' = 'a528ea41-d27c-5f1b-87ad-447f590ae545'
    'kinds' = @(
        @{ 'name' = 'organization'; 'title' = 'organization settings'; 'cmdlets' = @{ 'read' = 'Get-ActiveSyncOrganizationSettings'; 'update' = 'Set-ActiveSyncOrganizationSettings' }; 'key' = @(); 'target' = @() },
        @{ 'name' = 'deviceAccessRule'; 'title' = 'device access rule'; 'cmdlets' = @{ 'read' = 'Get-ActiveSyncDeviceAccessRule'; 'create' = 'New-ActiveSyncDeviceAccessRule'; 'update' = 'Set-ActiveSyncDeviceAccessRule'; 'delete' = 'Remove-ActiveSyncDeviceAccessRule' }; 'key' = @('Characteristic', 'QueryString'); 'target' = @('Characteristic', 'QueryString') },
        @{ 'name' = 'mobileDeviceMailboxPolicy'; 'title' = 'mobile device mailbox policy'; 'cmdlets' = @{ 'read' = 'Get-MobileDeviceMailboxPolicy'; 'create' = 'New-MobileDeviceMailboxPolicy'; 'update' = 'Set-MobileDeviceMailboxPolicy'; 'delete' = 'Remove-MobileDeviceMailboxPolicy' }; 'key' = @('Name'); 'target' = @('Name', 'Guid') },
        @{ 'name' = 'mailbox'; 'title' = 'mailbox'; 'cmdlets' = @{ 'read' = 'Get-CASMailbox'; 'update' = 'Set-CASMailbox' }; 'key' = @('Identity'); 'target' = @('PrimarySmtpAddress', 'Guid', 'Identity') }
    )
    'steps' = @(
        @{ 'id' = 's001'; 'action' = 'update'; 'kind' = 'organization'; 'identity' = 'Mobile Mailbox Settings'; 'target' = @{}; 'changes' = @(@{ 'property' = 'AdminMailRecipients'; 'kind' = 'strings'; 'before' = @(); 'after' = @('mobile-admins@contoso.com') }, @{ 'property' = 'UserMailInsert'; 'kind' = 'string'; 'before' = 'Your device is quarantined. Please contact IT.'; 'after' = 'Your device is waiting for approval. The mobile team looks at new devices every working day. To read mail now, install Outlook from the app store: it needs no approval.' }) },
        @{ 'id' = 's002'; 'action' = 'update'; 'kind' = 'mobileDeviceMailboxPolicy'; 'identity' = 'Default'; 'target' = @{ 'Name' = 'Default'; 'Guid' = 'd2556792-55e1-5603-b62a-f3167455d07c' }; 'changes' = @(@{ 'property' = 'MinPasswordLength'; 'kind' = 'nullable-int'; 'before' = 4; 'after' = 6 }) },
        @{ 'id' = 's003'; 'action' = 'update'; 'kind' = 'mobileDeviceMailboxPolicy'; 'identity' = 'Frontline'; 'target' = @{ 'Name' = 'Frontline'; 'Guid' = 'a5fb6445-5d09-52e1-9b8e-0957e47bebc8' }; 'changes' = @(@{ 'property' = 'MaxInactivityTimeLock'; 'kind' = 'unlimited-timespan'; 'before' = '00:15:00'; 'after' = '00:05:00' }) },
        @{ 'id' = 's004'; 'action' = 'update'; 'kind' = 'mailbox'; 'identity' = 'lars.eriksen@contoso.com'; 'target' = @{ 'PrimarySmtpAddress' = 'lars.eriksen@contoso.com'; 'Guid' = '8ae57a08-20b0-5e8b-9641-35284b40490b'; 'Identity' = 'lars.eriksen' }; 'changes' = @(@{ 'property' = 'ActiveSyncBlockedDeviceIDs'; 'kind' = 'strings'; 'before' = @(); 'after' = @('SEC2F80B6D19A357') }) },
        @{ 'id' = 's005'; 'action' = 'update'; 'kind' = 'mailbox'; 'identity' = 'tomas.novak@contoso.com'; 'target' = @{ 'PrimarySmtpAddress' = 'tomas.novak@contoso.com'; 'Guid' = '6443797a-a9b7-56b6-bfee-27b1aafd95c1'; 'Identity' = (-join ('Tom', [char]0x00E1, [char]0x0161, ' Nov', [char]0x00E1, 'k')) }; 'changes' = @(@{ 'property' = 'ActiveSyncEnabled'; 'kind' = 'bool'; 'before' = $true; 'after' = $false }, @{ 'property' = 'OutlookMobileEnabled'; 'kind' = 'bool'; 'before' = $true; 'after' = $false }) },
        @{ 'id' = 's006'; 'action' = 'update'; 'kind' = 'mailbox'; 'identity' = 'hana.sato@contoso.com'; 'target' = @{ 'PrimarySmtpAddress' = 'hana.sato@contoso.com'; 'Guid' = '12cce2b7-5f5f-5783-ab1c-742b807f0914'; 'Identity' = 'hana.sato' }; 'changes' = @(@{ 'property' = 'ActiveSyncMailboxPolicy'; 'kind' = 'policy-ref'; 'before' = $null; 'after' = 'Frontline' }) },
        @{ 'id' = 's007'; 'action' = 'update'; 'kind' = 'mailbox'; 'identity' = 'priya.raman@contoso.com'; 'target' = @{ 'PrimarySmtpAddress' = 'priya.raman@contoso.com'; 'Guid' = 'f80a9ade-68df-57f2-a9ad-4ed3cc72e215'; 'Identity' = 'priya.raman' }; 'changes' = @(@{ 'property' = 'ActiveSyncAllowedDeviceIDs'; 'kind' = 'strings'; 'before' = @(); 'after' = @('Nine5D1C80E7F3A2') }) },
        @{ 'id' = 's008'; 'action' = 'update'; 'kind' = 'deviceAccessRule'; 'identity' = 'Android 10 (DeviceOS)'; 'target' = @{ 'Characteristic' = 'DeviceOS'; 'QueryString' = 'Android 10' }; 'changes' = @(@{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = 'Quarantine'; 'after' = 'Block' }) },
        @{ 'id' = 's009'; 'action' = 'create'; 'kind' = 'deviceAccessRule'; 'identity' = 'TbSync (DeviceType)'; 'target' = @{ 'Characteristic' = 'DeviceType'; 'QueryString' = 'TbSync' }; 'changes' = @(@{ 'property' = 'Characteristic'; 'kind' = 'enum'; 'before' = $null; 'after' = 'DeviceType' }, @{ 'property' = 'QueryString'; 'kind' = 'string'; 'before' = $null; 'after' = 'TbSync' }, @{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = $null; 'after' = 'Block' }) },
        @{ 'id' = 's010'; 'action' = 'create'; 'kind' = 'deviceAccessRule'; 'identity' = 'Android 11 (DeviceOS)'; 'target' = @{ 'Characteristic' = 'DeviceOS'; 'QueryString' = 'Android 11' }; 'changes' = @(@{ 'property' = 'Characteristic'; 'kind' = 'enum'; 'before' = $null; 'after' = 'DeviceOS' }, @{ 'property' = 'QueryString'; 'kind' = 'string'; 'before' = $null; 'after' = 'Android 11' }, @{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = $null; 'after' = 'Quarantine' }) },
        @{ 'id' = 's011'; 'action' = 'update'; 'kind' = 'deviceAccessRule'; 'identity' = 'iPod (DeviceType)'; 'target' = @{ 'Characteristic' = 'DeviceType'; 'QueryString' = 'iPod' }; 'changes' = @(@{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = 'Allow'; 'after' = 'Quarantine' }) },
        @{ 'id' = 's012'; 'action' = 'create'; 'kind' = 'deviceAccessRule'; 'identity' = 'Outlook for iOS and Android (DeviceModel)'; 'target' = @{ 'Characteristic' = 'DeviceModel'; 'QueryString' = 'Outlook for iOS and Android' }; 'changes' = @(@{ 'property' = 'Characteristic'; 'kind' = 'enum'; 'before' = $null; 'after' = 'DeviceModel' }, @{ 'property' = 'QueryString'; 'kind' = 'string'; 'before' = $null; 'after' = 'Outlook for iOS and Android' }, @{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = $null; 'after' = 'Allow' }) },
        @{ 'id' = 's013'; 'action' = 'delete'; 'kind' = 'deviceAccessRule'; 'identity' = 'Outlook-iOS/2.0 (UserAgent)'; 'target' = @{ 'Characteristic' = 'UserAgent'; 'QueryString' = 'Outlook-iOS/2.0' }; 'changes' = @(@{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = 'Allow'; 'after' = $null }) },
        @{ 'id' = 's014'; 'action' = 'delete'; 'kind' = 'deviceAccessRule'; 'identity' = 'HTC* (DeviceType)'; 'target' = @{ 'Characteristic' = 'DeviceType'; 'QueryString' = 'HTC*' }; 'changes' = @(@{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = 'Block'; 'after' = $null }) },
        @{ 'id' = 's015'; 'action' = 'delete'; 'kind' = 'deviceAccessRule'; 'identity' = 'WP8 (DeviceType)'; 'target' = @{ 'Characteristic' = 'DeviceType'; 'QueryString' = 'WP8' }; 'changes' = @(@{ 'property' = 'AccessLevel'; 'kind' = 'enum'; 'before' = 'Block'; 'after' = $null }) },
        @{ 'id' = 's016'; 'action' = 'update'; 'kind' = 'mailbox'; 'identity' = 'lars.eriksen@contoso.com'; 'target' = @{ 'PrimarySmtpAddress' = 'lars.eriksen@contoso.com'; 'Guid' = '8ae57a08-20b0-5e8b-9641-35284b40490b'; 'Identity' = 'lars.eriksen' }; 'changes' = @(@{ 'property' = 'ActiveSyncAllowedDeviceIDs'; 'kind' = 'strings'; 'before' = @('SEC2F80B6D19A357'); 'after' = @() }) }
    )
}

# ---- what all scripts share --------------------------------------------------------------------------------------------

# Needs a script with [CmdletBinding()] and nothing else: every variable that is used here is set here.

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$Caller = $PSCmdlet
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
$NeedsEscape = [regex]'[^ !#-\[\]-~]'
$HalfPair = [regex]'[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]'
$MaximumRetries = 6
$Connection = @{ Opened = $false }

# ---- values: what Exchange shows, as text that can be compared ---------------------------------------------------------

function Get-Value($Object, [string]$Name) {
    # A session may show typed objects, property bags of a remote session, or plain hashtables; any property may be missing.
    if ($Object -is [System.Collections.IDictionary]) { return , $Object[$Name] }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return , $property.Value
}

function ConvertTo-Text($Value) {
    if ($null -eq $Value) { return '' }
    if ($Value -is [datetime]) {
        # Exchange keeps UTC; a time that lost its kind on the way is that.
        if ($Value.Kind -eq 'Local') { $Value = $Value.ToUniversalTime() }
        return $Value.ToString('yyyy-MM-ddTHH:mm:ssZ', $Invariant)
    }
    return [string]$Value
}

function ConvertTo-TextList($Value) {
    $texts = [System.Collections.Generic.List[string]]::new()
    if ($Value -is [string] -or $Value -isnot [System.Collections.IEnumerable]) { $Value = @($Value) }
    foreach ($item in $Value) {
        $text = ConvertTo-Text $item
        if ($text) { $texts.Add($text) }
    }
    return , $texts.ToArray()
}

function ConvertTo-PlainValue($Value) {
    # Null, a text or a list of texts: what is kept of any value.
    if ($null -eq $Value) { return $null }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) { return , (ConvertTo-TextList $Value) }
    return (ConvertTo-Text $Value)
}

function Test-SameText([string]$Left, [string]$Right) {
    # Not -eq, which follows linguistic rules and takes some different texts for equal.
    return [string]::Equals($Left, $Right, [System.StringComparison]::OrdinalIgnoreCase)
}

# ---- JSON: pure ASCII, so nothing in a value can steer a terminal ------------------------------------------------------

function ConvertTo-JsonString([string]$Text) {
    if ($Text -cnotmatch $NeedsEscape) { return '"' + $Text + '"' }
    # Half of a surrogate pair, as of a text that was cut, is no character: a reader of JSON may refuse it.
    $Text = $HalfPair.Replace($Text, [string][char]0xFFFD)
    $json = [System.Text.StringBuilder]::new()
    [void]$json.Append('"')
    foreach ($character in $Text.ToCharArray()) {
        $code = [int]$character
        if ($code -eq 34 -or $code -eq 92) { [void]$json.Append('\').Append($character) }
        elseif ($code -lt 32 -or $code -gt 126) { [void]$json.Append('\u').Append($code.ToString('x4', $Invariant)) }
        else { [void]$json.Append($character) }
    }
    return $json.Append('"').ToString()
}

function ConvertTo-JsonText($Value) {
    # The script's own values keep their type; what JSON has no type for becomes text.
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [string]) { return (ConvertTo-JsonString $Value) }
    if ($Value -is [bool]) { return $Value.ToString().ToLowerInvariant() }
    if ($Value -is [int] -or $Value -is [long]) { return $Value.ToString($Invariant) }
    if ($Value -is [System.Collections.IDictionary]) {
        $members = foreach ($name in $Value.Keys) { (ConvertTo-JsonString $name) + ': ' + (ConvertTo-JsonText $Value[$name]) }
        return '{' + (@($members) -join ', ') + '}'
    }
    if ($Value -is [System.Collections.IEnumerable]) {
        $items = foreach ($item in $Value) { ConvertTo-JsonText $item }
        return '[' + (@($items) -join ', ') + ']'
    }
    return (ConvertTo-JsonString (ConvertTo-Text $Value))
}

# ---- messages: one line each, whatever Exchange, a directory or a file puts into them -----------------------------------

$Steering = [regex]'[\p{C}\p{Zl}\p{Zp}\u034F\u115F\u1160\u2800\u3164\uFFA0]|:(?=:)|#(?=#[A-Za-z]*\[)'

function ConvertTo-Line([string]$Text) {
    # What steers a terminal, is not seen, or is a command to whoever keeps the log is shown as its code.
    # Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    $line = [regex]::Replace($Text.Trim(), '\s*[\r\n]+\s*', ' ')
    return $Steering.Replace($line, [System.Text.RegularExpressions.MatchEvaluator] { param($found) '\u{0:x4}' -f [int][char]$found.Value })
}

function Show-Line([string]$Text) { Write-Host (ConvertTo-Line $Text) }

function Show-Warning([string]$Text) { Write-Warning (ConvertTo-Line $Text) }

function Show-Detail([string]$Text) { Write-Verbose (ConvertTo-Line $Text) }

# ---- calls: what the session offers, and trying again ------------------------------------------------------------------

function Get-ParameterNames([string]$Command) {
    # Role-based access leaves out cmdlets and parameters, so this is what the caller may do.
    $found = @(Get-Command -Name $Command -ErrorAction SilentlyContinue)
    if ($found.Count -eq 0) { return $null }
    return , $found[0].Parameters
}

function Test-Command([string]$Command) {
    return ($null -ne (Get-ParameterNames $Command))
}

function Test-Transient($Failure) {
    # Throttling, server errors and timeouts pass by themselves; anything else would only fail again.
    $texts = @()
    for ($exception = $Failure.Exception; $null -ne $exception; $exception = $exception.InnerException) {
        $texts += $exception.GetType().Name + ' ' + $exception.Message
    }
    return (($texts -join ' ') -match ('\b(429|502|503|504)\b|\b500\b\W*internal|internal server error|too many requests|throttl|micro ?delay|' +
            'server (is )?(too )?busy|service unavailable|bad gateway|timed out|time-?out|temporar(y|ily)|try again later|TaskCanceled'))
}

function Wait-BeforeRetry([int]$Attempt, $Failure) {
    $milliseconds = [int][Math]::Pow(2, $Attempt) * 500 + (Get-Random -Minimum 0 -Maximum 500)
    Show-Warning "trying again in $milliseconds ms: $($Failure.Exception.Message)"
    Start-Sleep -Milliseconds $milliseconds
}

function Invoke-Read([scriptblock]$Read) {
    # The result is held whole, so a reading can be made again. Null, which some sessions return for "none", is left out.
    for ($attempt = 1; ; $attempt++) {
        try {
            $objects = @(& $Read | Where-Object { $null -ne $_ })
            return , $objects
        }
        catch {
            if ($attempt -gt $MaximumRetries -or -not (Test-Transient $_)) { throw }
            Wait-BeforeRetry $attempt $_
        }
    }
}

function Get-Unlimited([string]$Command) {
    # Without it these cmdlets end quietly after 1000 objects.
    $options = @{}
    if ((Get-ParameterNames $Command).ContainsKey('ResultSize')) { $options['ResultSize'] = 'Unlimited' }
    return $options
}

function Read-OrganizationSettings {
    $found = Invoke-Read { Get-ActiveSyncOrganizationSettings -ErrorAction Stop }
    if ($found.Count -ne 1) { throw "expected one organization settings object, found $($found.Count)" }
    return $found[0]
}

function Read-FixedSet([string]$Command) {
    # The few objects of a kind that Exchange creates by itself. A cmdlet that is not spelled out here is not called.
    $options = Get-Unlimited $Command
    return , (Invoke-Read {
            switch ($Command) {
                'Get-CASMailboxPlan' { Get-CASMailboxPlan @options -ErrorAction Stop }
                'Get-ActiveSyncDeviceAutoblockThreshold' { Get-ActiveSyncDeviceAutoblockThreshold @options -ErrorAction Stop }
                default { throw "this script does not call $_" }
            }
        })
}

# ---- the connection ----------------------------------------------------------------------------------------------------

function Get-ActiveConnections {
    $rows = Invoke-Read { Get-ConnectionInformation -ErrorAction Stop }
    return , @($rows | Where-Object {
            (ConvertTo-Text (Get-Value $_ 'State')) -in 'Connected', '' -and (ConvertTo-Text (Get-Value $_ 'TokenStatus')) -in 'Active', ''
        })
}

function Get-Connection([string]$Edition) {
    # The active connection, or null where the session does not say. Two leave open which of them a cmdlet talks to, even when
    # both are of one tenant.
    if (-not (Test-Command 'Get-ConnectionInformation')) { return $null }
    $active = Get-ActiveConnections
    if ($active.Count -gt 1) { throw "expected exactly one active connection, found $($active.Count)" }
    if ($active.Count -eq 1) { return $active[0] }
    if ($Edition -eq 'exchange-online') { throw 'expected exactly one active connection, found 0: connect first, or use -Connect' }
    return $null
}

function Connect-Exchange([string]$Edition, [string[]]$Commands) {
    if ($Edition -ne 'exchange-online') {
        throw "-Connect is for Exchange Online; for $Edition run this script in the Exchange Management Shell of a server"
    }
    Import-Module -Name ExchangeOnlineManagement -MinimumVersion 3.0.0
    if ((Get-ActiveConnections).Count -gt 0) { throw 'this session is connected already; run without -Connect, or disconnect first' }
    Connect-ExchangeOnline -CommandName @($Commands | Sort-Object -Unique) -ShowBanner:$false -ErrorAction Stop
    $Connection.Opened = $true
}

function Close-Connection {
    if ($Connection.Opened) { Disconnect-ExchangeOnline -Confirm:$false }
}

function Assert-Session([hashtable]$Needs) {
    # Each cmdlet that is needed, with its parameters that are needed.
    $missing = foreach ($cmdlet in ($Needs.Keys | Sort-Object)) {
        $parameters = Get-ParameterNames $cmdlet
        if ($null -eq $parameters) { $cmdlet; continue }
        foreach ($name in ($Needs[$cmdlet].Keys | Sort-Object)) { if (-not $parameters.ContainsKey($name)) { "$cmdlet -$name" } }
    }
    if ($missing) { throw "this session does not offer what is needed (no connection, or not the roles): $(@($missing) -join ', ')" }
}

# ---- the end -----------------------------------------------------------------------------------------------------------

function Write-FinalError($Failure) {
    # An error record of this script, without the stack trace that an uncaught one would print.
    $script:ErrorActionPreference = 'Continue'
    $exception = [System.InvalidOperationException]::new((ConvertTo-Line $Failure.Exception.Message))
    $Caller.WriteError([System.Management.Automation.ErrorRecord]::new($exception, 'policylint', 'InvalidOperation', $null))
}

$Run = @{ Journal = $null; Finished = $false; Changes = 0; AlreadySo = 0; Policies = $null; Pretended = @{} }
# The kinds of object that the steps are about, by name: what they are called, how they are found, read and changed.
$Kinds = @{}
foreach ($row in $Plan['kinds']) { $Kinds[$row['name']] = $row }
$ReadBackDelays = 0, 250, 500, 1000, 2000, 4000

# ---- comparing values --------------------------------------------------------------------------------------------------

function ConvertTo-Set($Value) {
    # Exchange compares names, addresses and device ids without regard to case.
    $set = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($text in (ConvertTo-TextList $Value)) { [void]$set.Add($text) }
    return , $set
}

function Test-SameGuid([string]$Left, [string]$Right) {
    return (Test-SameText $Left.Trim('{', '}') $Right.Trim('{', '}'))
}

function ConvertTo-ByteCount([string]$Text) {
    # "5 MB (5,242,880 bytes)": the leading number is rounded, and the separator in the brackets follows the culture.
    if ($Text -match '\(([^()]*\d[^()]*)\)') { return ($Matches[1] -replace '\D', '') }
    if ($Text -match '^\s*(\d+)\s*([KMGT]?)B\s*$') {
        $power = 'KMGT'.IndexOf($Matches[2].ToUpperInvariant())
        if ($Matches[2] -eq '') { $power = -1 }
        return ([decimal]$Matches[1] * [decimal][Math]::Pow(1024, $power + 1)).ToString('0', $Invariant)
    }
    return $Text
}

function ConvertTo-Canonical([string]$Kind, $Value) {
    # One text per value, whatever the edition and culture made of it; null and empty are the same to Exchange.
    $text = ConvertTo-Text $Value
    if (-not $text -or $Kind -eq 'string') { return $text }
    $text = $text.Trim()
    if ($Kind -like '*-bytes') { $text = ConvertTo-ByteCount $text }
    # Thresholds of some servers show a time as bare minutes; to .NET a bare number is days.
    if ($Kind -eq 'timespan' -and $text -match '^\d{1,8}$') { return [timespan]::FromMinutes([int]$text).ToString('c', $Invariant) }
    $span = [timespan]::Zero
    if ($Kind -like '*timespan' -and [timespan]::TryParse($text, $Invariant, [ref]$span)) { return $span.ToString('c', $Invariant) }
    $number = [decimal]0
    if ($Kind -match 'int$|bytes$' -and [decimal]::TryParse($text, 'Integer, AllowThousands', $Invariant, [ref]$number)) {
        return $number.ToString('0', $Invariant)
    }
    return $text.ToUpperInvariant()
}

function ConvertTo-Argument([string]$Kind, $Value) {
    # What the cmdlet is given. Its own parser reads byte sizes, time spans and Unlimited from text.
    if ($Kind -eq 'strings') { return , (ConvertTo-TextList $Value) }
    if ($null -eq $Value -or $Value -is [bool] -or $Kind -in 'int', 'nullable-int', 'unlimited-int') { return $Value }
    return [string]$Value
}

# ---- journal -----------------------------------------------------------------------------------------------------------

function Open-Journal {
    $path = $JournalPath
    if (-not $path) {
        $folder = $PSScriptRoot
        if (-not $folder) { $folder = (Get-Location -PSProvider FileSystem).ProviderPath }
        $digest = ($Plan['fingerprint'] -replace '^sha256:', '') + ('0' * 12)
        $path = Join-Path -Path $folder -ChildPath ('policylint-' + $digest.Substring(0, 12) + '.journal.jsonl')
    }
    $path = $Caller.GetUnresolvedProviderPathFromPSPath($path)
    try {
        $Run.Journal = [System.IO.FileStream]::new($path, 'OpenOrCreate', 'ReadWrite', 'Read')
    }
    catch {
        throw "the journal cannot be written, nothing was changed: $($_.Exception.Message)"
    }
    # A run that was killed may have left half a line.
    $end = $Run.Journal.Seek(0, 'End')
    if ($end -gt 0) {
        [void]$Run.Journal.Seek(-1, 'End')
        if ($Run.Journal.ReadByte() -ne 10) { $Run.Journal.WriteByte(10) }
    }
    Show-Detail "journal: $path"
}

function Write-Journal([string]$What, [hashtable]$Entry) {
    if ($null -eq $Run.Journal) { return }
    $line = [ordered]@{
        time = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', $Invariant); fingerprint = $Plan['fingerprint']
        step = $Entry['Step']; event = $What; before = $Entry['Before']; after = $Entry['After']; message = $Entry['Message']
    }
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((ConvertTo-JsonText $line) + "`n")
    $Run.Journal.Write($bytes, 0, $bytes.Length)
    $Run.Journal.Flush($true)
}

# ---- reading live objects ----------------------------------------------------------------------------------------------

function Read-Organization {
    return @{ Object = (Read-OrganizationSettings); Identity = $null }
}

function Read-Rule($Target) {
    # By the pair that makes a rule what it is; the text of its identity differs between editions.
    $found = Invoke-Read { Get-ActiveSyncDeviceAccessRule -ErrorAction Stop }
    $matching = @(foreach ($rule in $found) {
            if ((Test-SameText (ConvertTo-Text (Get-Value $rule 'QueryString')) $Target['QueryString']) -and
                (Test-SameText (ConvertTo-Text (Get-Value $rule 'Characteristic')) $Target['Characteristic'])) { $rule }
        })
    if ($matching.Count -gt 1) { throw "$($matching.Count) device access rules have the same characteristic and query string" }
    if ($matching.Count -eq 0) { return $null }
    return @{ Object = $matching[0]; Identity = (Get-ActingIdentity $matching[0]) }
}

function Read-Policy($Target) {
    $Run.Policies = Invoke-Read { Get-MobileDeviceMailboxPolicy -ErrorAction Stop }
    $wanted = ConvertTo-Text $Target['Guid']
    $named = $null
    foreach ($policy in $Run.Policies) {
        $guid = ConvertTo-Text (Get-Value $policy 'Guid')
        if ($wanted -and $guid -and (Test-SameGuid $guid $wanted)) { return @{ Object = $policy; Identity = (Get-ActingIdentity $policy) } }
        if (Test-SameText (ConvertTo-Text (Get-Value $policy 'Name')) $Target['Name']) { $named = $policy }
    }
    if ($null -eq $named) { return $null }
    $guid = ConvertTo-Text (Get-Value $named 'Guid')
    if ($wanted -and $guid) { throw "the policy was replaced: expected Guid $wanted, found $guid under the same name" }
    return @{ Object = $named; Identity = (Get-ActingIdentity $named) }
}

function Read-Named($Step) {
    # One of a few objects, by the first name of the target that finds exactly one; by the Guid where it is known.
    $kind = $Kinds[$Step['kind']]
    $found = Read-FixedSet $kind['cmdlets']['read']
    foreach ($key in @('Guid') + $kind['target']) {
        $wanted = ConvertTo-Text $Step['target'][$key]
        if (-not $wanted) { continue }
        $matching = @(foreach ($object in $found) {
                $text = ConvertTo-Text (Get-Value $object $key)
                if ($(if ($key -eq 'Guid') { Test-SameGuid $text $wanted } else { Test-SameText $text $wanted })) { $object }
            })
        if ($matching.Count -gt 1) { throw "$($matching.Count) objects have the same $key" }
        if ($matching.Count -eq 1) { return @{ Object = $matching[0]; Identity = (Get-ActingIdentity $matching[0]) } }
    }
    return $null
}

function Get-ActingIdentity($Object) {
    # Changes go through the identity read back a moment ago, never through one put together here.
    foreach ($name in 'Identity', 'Guid', 'DistinguishedName', 'Name') {
        $text = ConvertTo-Text (Get-Value $Object $name)
        if ($text) { return $text }
    }
    throw 'the live object shows no identity'
}

function Read-Mailbox($Target) {
    # The text that finds exactly the right mailbox is also the one that changes it. A wrong identity may find everything.
    $problem = 'no such mailbox'
    foreach ($key in 'Guid', 'PrimarySmtpAddress', 'Identity') {
        $candidate = ConvertTo-Text $Target[$key]
        if (-not $candidate) { continue }
        try {
            $found = Invoke-Read { Get-CASMailbox -Identity $candidate -ErrorAction Stop }
        }
        catch {
            if (Test-Transient $_) { throw }
            $problem = $_.Exception.Message
            continue
        }
        if ($found.Count -eq 1 -and (Test-RightMailbox $found[0] $Target)) { return @{ Object = $found[0]; Identity = $candidate } }
        if ($found.Count -gt 0) { $problem = "the identity $(ConvertTo-JsonString $candidate) finds $($found.Count) mailboxes, not the one meant" }
    }
    throw $problem
}

function Test-RightMailbox($Object, $Target) {
    $guid = ConvertTo-Text (Get-Value $Object 'Guid')
    if ($guid -and $Target['Guid']) { return (Test-SameGuid $guid $Target['Guid']) }
    $address = ConvertTo-Text (Get-Value $Object 'PrimarySmtpAddress')
    if ($address) { return (Test-SameText $address $Target['PrimarySmtpAddress']) }
    $identity = ConvertTo-Text (Get-Value $Object 'Identity')
    return ((Test-SameText $identity $Target['PrimarySmtpAddress']) -or ($Target['Identity'] -and (Test-SameText $identity $Target['Identity'])))
}

function Read-Target($Step) {
    # Returns the live object and the identity to act through, or null when there is none.
    switch ($Step['kind']) {
        'organization' { return (Read-Organization) }
        'deviceAccessRule' { return (Read-Rule $Step['target']) }
        'mobileDeviceMailboxPolicy' { return (Read-Policy $Step['target']) }
        'mailbox' { return (Read-Mailbox $Step['target']) }
        default { return (Read-Named $Step) }
    }
}

function Get-LiveScalar($Object, $Change) {
    $value = Get-Value $Object $Change['property']
    if ($Change['kind'] -eq 'policy-ref') { $value = Resolve-PolicyName $Object $value }
    return (ConvertTo-Canonical $Change['kind'] $value)
}

function Resolve-PolicyName($Mailbox, $Reference) {
    # A mailbox without a policy of its own shows the name of the default one. On-premises the reference may be a path, DN or Guid.
    if ((ConvertTo-Text (Get-Value $Mailbox 'ActiveSyncMailboxPolicyIsDefaulted')) -eq 'True') { return '' }
    $text = ConvertTo-Text $Reference
    if (-not $text) { return '' }
    if ($null -eq $Run.Policies) {
        $Run.Policies = @()
        if (Test-Command 'Get-MobileDeviceMailboxPolicy') { $Run.Policies = Invoke-Read { Get-MobileDeviceMailboxPolicy -ErrorAction Stop } }
    }
    $last = ($text -split '[\\/]')[-1]
    foreach ($policy in $Run.Policies) {
        $name = ConvertTo-Text (Get-Value $policy 'Name')
        foreach ($key in 'Name', 'DistinguishedName', 'Guid', 'Identity', 'Id') {
            if (Test-SameText (ConvertTo-Text (Get-Value $policy $key)) $text) { return $name }
        }
        if (Test-SameText $name $last) { return $name }
    }
    return $text
}

# ---- deciding: would change, already so, or conflict -------------------------------------------------------------------

function Get-Decision($Step, $Live) {
    # Verdict change, already-so or conflict; Arguments to set, Before and After as they go to the journal.
    $decision = @{ Verdict = 'already-so'; Arguments = @{}; Before = $null; After = $null; Message = $null }
    if ($Step['action'] -eq 'create') {
        if ($null -eq $Live) { $decision.Verdict = 'change'; $decision.Arguments = Get-CreateArguments $Step; $decision.After = Get-Wanted $Step }
        else { Compare-Whole $Step $Live 'after' $decision }
        return $decision
    }
    if ($Step['action'] -eq 'delete') {
        if ($null -eq $Live) { return $decision }
        $decision.Verdict = 'change'
        $decision.Before = Get-WholeObject $Live['Object']
        Compare-Whole $Step $Live 'before' $decision
        return $decision
    }
    if ($null -eq $Live) {
        if ($Run.Pretended.ContainsKey((Get-TargetKey $Step))) { $decision.Verdict = 'change'; $decision.After = Get-Wanted $Step }
        else { $decision.Verdict = 'conflict'; $decision.Message = 'the object to change is gone' }
        return $decision
    }
    $decision.Before = [ordered]@{}
    $decision.After = [ordered]@{}
    foreach ($change in $Step['changes']) {
        if ($change['kind'] -eq 'strings') { Compare-List $Step $change $Live $decision } else { Compare-Scalar $change $Live $decision }
        if ($decision.Verdict -eq 'conflict') { return $decision }
    }
    return $decision
}

function Get-TargetKey($Step) {
    $parts = @($Step['kind']) + @(foreach ($name in $Kinds[$Step['kind']]['target']) { $Step['target'][$name] })
    return ($parts -join "`n").ToUpperInvariant()
}

function Get-Wanted($Step) {
    $wanted = [ordered]@{}
    foreach ($change in $Step['changes']) { $wanted[$change['property']] = $change['after'] }
    return $wanted
}

function Get-WholeObject($Object) {
    # Everything the object shows: what a rollback needs to make it again.
    $whole = [ordered]@{}
    $names = if ($Object -is [System.Collections.IDictionary]) { @($Object.Keys) } else { @(foreach ($property in $Object.PSObject.Properties) { $property.Name }) }
    foreach ($name in $names) {
        $whole[$name] = ConvertTo-PlainValue (Get-Value $Object $name)
    }
    return $whole
}

function Get-CreateArguments($Step) {
    # Null and empty are what a new object starts with, and New- cmdlets refuse some of them; reading back checks them all.
    $arguments = @{}
    foreach ($name in $Kinds[$Step['kind']]['key']) { $arguments[$name] = $Step['target'][$name] }
    foreach ($change in $Step['changes']) {
        $value = ConvertTo-Argument $change['kind'] $change['after']
        if ($null -ne $value -and @($value).Count -gt 0) { $arguments[$change['property']] = $value }
    }
    return $arguments
}

function Test-SameValue($Object, $Change, $Expected) {
    if ($Change['kind'] -eq 'strings') { return (ConvertTo-Set (Get-Value $Object $Change['property'])).SetEquals((ConvertTo-TextList $Expected)) }
    return [string]::Equals((Get-LiveScalar $Object $Change), (ConvertTo-Canonical $Change['kind'] $Expected), [System.StringComparison]::Ordinal)
}

function Compare-Whole($Step, $Live, [string]$Side, $Decision) {
    # Creating over an object that is there, or deleting one: each value named must hold.
    foreach ($change in $Step['changes']) {
        if (-not (Test-SameValue $Live['Object'] $change $change[$Side])) {
            Write-Conflict $Decision $change $change[$Side] $Live['Object']
            return
        }
    }
}

function Compare-Scalar($Change, $Live, $Decision) {
    if (Test-SameValue $Live['Object'] $Change $Change['after']) { return }
    if (-not (Test-SameValue $Live['Object'] $Change $Change['before'])) { Write-Conflict $Decision $Change $Change['before'] $Live['Object']; return }
    $Decision.Verdict = 'change'
    $Decision.Arguments[$Change['property']] = ConvertTo-Argument $Change['kind'] $Change['after']
    $Decision.Before[$Change['property']] = $Change['before']
    $Decision.After[$Change['property']] = $Change['after']
}

function Compare-List($Step, $Change, $Live, $Decision) {
    # A step adds and removes its own elements only. Elements of later steps may or may not be there yet (a run may have been
    # cut anywhere); all others must be as the plan saw them or as the earlier steps of this run left them.
    $found = ConvertTo-Set (Get-Value $Live['Object'] $Change['property'])
    $own = $Change['own']
    $expected = ConvertTo-Set $Change['before']
    foreach ($element in $expected) {
        if (-not $found.Contains($element) -and -not $own.Remove.Contains($element) -and -not (Test-Open $Step $Change $element)) {
            Write-Conflict $Decision $Change $Change['before'] $Live['Object']
        }
    }
    foreach ($element in $found) {
        if (-not $expected.Contains($element) -and -not $own.Add.Contains($element) -and -not (Test-Open $Step $Change $element)) {
            Write-Conflict $Decision $Change $Change['before'] $Live['Object']
        }
    }
    if ($Decision.Verdict -eq 'conflict') { return }
    $edit = @{}
    $add = @(foreach ($element in $own.Add) { if (-not $found.Contains($element)) { $element } })
    $remove = @(foreach ($element in $own.Remove) { if ($found.Contains($element)) { $element } })
    if ($add.Count -gt 0) { $edit['Add'] = [string[]]$add }
    if ($remove.Count -gt 0) { $edit['Remove'] = [string[]]$remove }
    if ($edit.Count -eq 0) { return }
    $Decision.Verdict = 'change'
    $Decision.Arguments[$Change['property']] = $edit
    $Decision.Before[$Change['property']] = [string[]]@($found)
    $Decision.After[$Change['property']] = [string[]]@(@(foreach ($element in $found) { if (-not $own.Remove.Contains($element)) { $element } }) + $add)
}

function Test-Open($Step, $Change, [string]$Element) {
    # Whether another step decides about this element, and has not done so in this run.
    if (-not $Change['touched'].ContainsKey($Element)) { return $false }
    $other = $Change['touched'][$Element]
    return (-not $other['chosen'] -or $other['index'] -gt $Step['index'] -or $WhatIfPreference)
}

function Write-Conflict($Decision, $Change, $Expected, $Object) {
    $found = Get-Value $Object $Change['property']
    if ($Change['kind'] -eq 'policy-ref') {
        $found = Resolve-PolicyName $Object $found
        if (-not $found) { $found = $null }
    }
    if ($found -is [System.Collections.IEnumerable] -and $found -isnot [string]) { $found = ConvertTo-TextList $found }
    $Decision.Verdict = 'conflict'
    $Decision.Message = "$($Change['property']): expected $(ConvertTo-JsonText $Expected), found $(ConvertTo-JsonText $found)"
}

# ---- acting ------------------------------------------------------------------------------------------------------------

function Invoke-Change($Step, $Identity, [hashtable]$Arguments) {
    # The only place that changes anything: these ten calls, each on one object by the identity read back.
    $values = $Arguments + (Get-CallOptions $Step)
    switch (Get-Cmdlet $Step) {
        'Set-ActiveSyncOrganizationSettings' { $null = Set-ActiveSyncOrganizationSettings @values }
        'New-ActiveSyncDeviceAccessRule' { $null = New-ActiveSyncDeviceAccessRule @values }
        'Set-ActiveSyncDeviceAccessRule' { $null = Set-ActiveSyncDeviceAccessRule -Identity $Identity @values }
        'Remove-ActiveSyncDeviceAccessRule' { $null = Remove-ActiveSyncDeviceAccessRule -Identity $Identity @values }
        'New-MobileDeviceMailboxPolicy' { $null = New-MobileDeviceMailboxPolicy @values }
        'Set-MobileDeviceMailboxPolicy' { $null = Set-MobileDeviceMailboxPolicy -Identity $Identity @values }
        'Remove-MobileDeviceMailboxPolicy' { $null = Remove-MobileDeviceMailboxPolicy -Identity $Identity @values }
        'Set-CASMailbox' { $null = Set-CASMailbox -Identity $Identity @values }
        'Set-CASMailboxPlan' { $null = Set-CASMailboxPlan -Identity $Identity @values }
        'Set-ActiveSyncDeviceAutoblockThreshold' { $null = Set-ActiveSyncDeviceAutoblockThreshold -Identity $Identity @values }
        default { throw "this script does not call $_" }
    }
}

function Get-Cmdlet($Step) {
    return $Kinds[$Step['kind']]['cmdlets'][$Step['action']]
}

function Get-CallOptions($Step) {
    # The question was asked by this script; a cmdlet that asks again would fail where nobody can answer.
    $parameters = Get-ParameterNames (Get-Cmdlet $Step)
    $options = @{}
    if ($parameters.ContainsKey('Confirm')) { $options['Confirm'] = $false }
    if ($parameters.ContainsKey('ErrorAction')) { $options['ErrorAction'] = 'Stop' }
    return $options
}

function Invoke-Step($Step) {
    for ($attempt = 0; ; $attempt++) {
        # Read again before each try: a call that seemed to fail may have done its work.
        $live = Read-Target $Step
        $decision = Get-Decision $Step $live
        if ($decision.Verdict -eq 'conflict') { Write-Failure 'conflict' $Step $decision.Message }
        if ($decision.Verdict -eq 'already-so') { break }
        if ($attempt -eq 0 -and -not (Request-Consent $Step $decision)) { return }
        $identity = if ($null -eq $live) { $null } else { $live['Identity'] }
        try {
            Invoke-Change $Step $identity $decision.Arguments
            break
        }
        catch {
            if ($attempt -ge $MaximumRetries -or -not (Test-Transient $_)) { Write-Failure 'failed' $Step $_.Exception.Message }
            Wait-BeforeRetry ($attempt + 1) $_
        }
    }
    if ($decision.Verdict -eq 'already-so' -and $attempt -eq 0) {
        Write-Journal 'already-so' @{ Step = $Step['id'] }
        $Run.AlreadySo++
        Show-Detail "$($Step['id']) already so: $(Get-Title $Step)"
        return
    }
    Write-Journal 'changed' $Run.Entry
    Confirm-Step $Step
    $Run.Changes++
    Show-Line "$($Step['id']) done: $(Get-Title $Step)"
}

function Request-Consent($Step, $Decision) {
    # The guard of the change: -WhatIf and -Confirm of this script are answered here, whatever scope the cmdlets live in.
    $shown = "$($Step['id']) $($Step['action'])"
    if ($Step['action'] -ne 'delete') { $shown += " $(Get-ShownChange $Decision)" }
    try { $agreed = $Caller.ShouldProcess((ConvertTo-Line (Get-Title $Step)), (ConvertTo-Line $shown)) }
    catch { Write-Failure 'failed' $Step 'nobody can answer the question whether to do this; run it with -Confirm:$false' }
    if ($agreed) {
        if ($Run.Changes -gt 0) { Start-Sleep -Milliseconds $PaceMilliseconds }
        $Run.Entry = @{ Step = $Step['id']; Before = $Decision.Before; After = $Decision.After }
        Write-Journal 'start' $Run.Entry
        return $true
    }
    if (-not $WhatIfPreference) { Write-Failure 'failed' $Step 'declined at the prompt' }
    if ($Step['action'] -eq 'create') { $Run.Pretended[(Get-TargetKey $Step)] = $true }
    return $false
}

function Get-ShownChange($Decision) {
    # A list that is there is shown by what is added and removed: it is edited, not replaced.
    $shown = foreach ($name in $Decision.After.Keys) {
        $after = $Decision.After[$name]
        if ($null -eq $Decision.Before -or $after -isnot [string[]]) { "${name}: $(ConvertTo-JsonText $after)"; continue }
        $old = ConvertTo-Set $Decision.Before[$name]
        $new = ConvertTo-Set $after
        $items = @(foreach ($item in $new) { if (-not $old.Contains($item)) { '+' + (ConvertTo-JsonString $item) } })
        $items += @(foreach ($item in $old) { if (-not $new.Contains($item)) { '-' + (ConvertTo-JsonString $item) } })
        "${name}: $($items -join ' ')"
    }
    return @($shown) -join ', '
}

function Confirm-Step($Step) {
    # Directories replicate, so a change may take a moment to show.
    $problem = $null
    foreach ($delay in $ReadBackDelays) {
        Start-Sleep -Milliseconds $delay
        try {
            $problem = Get-Shortfall $Step (Read-Target $Step)
        }
        catch {
            $problem = $_.Exception.Message
        }
        if ($null -eq $problem) {
            Write-Journal 'verified' $Run.Entry
            return
        }
    }
    Write-Failure 'failed' $Step "the change does not show: $problem"
}

function Get-Shortfall($Step, $Live) {
    # What is not yet as the step leaves it, or null.
    if ($Step['action'] -eq 'delete') {
        if ($null -eq $Live) { return $null }
        return 'the object is still there'
    }
    if ($null -eq $Live) { return 'the object is not there' }
    foreach ($change in $Step['changes']) {
        $expected = $change['after']
        if ($change['kind'] -eq 'strings' -and $Step['action'] -eq 'update') {
            # Elements that are not this step's must have stayed: a list that was replaced instead of edited has lost them.
            if (-not $Run.Entry.After.Contains($change['property'])) { continue }
            $expected = $Run.Entry.After[$change['property']]
        }
        if (Test-SameValue $Live['Object'] $change $expected) { continue }
        $decision = @{}
        Write-Conflict $decision $change $expected $Live['Object']
        return $decision.Message
    }
    return $null
}

function Get-Title($Step) {
    return "$($Kinds[$Step['kind']]['title']) $(ConvertTo-JsonString $Step['identity'])"
}

function Write-Failure([string]$What, $Step, [string]$Message) {
    # Ends the run: the journal says so first, then the message goes up to the end of the script.
    Write-Journal $What @{ Step = $Step['id']; Message = $Message }
    $Run.Journalled = $true
    throw "stopped at $($Step['id']), $What, $($Step['action']) $(Get-Title $Step): $Message"
}

# ---- before the first step ---------------------------------------------------------------------------------------------

function Select-Steps {
    # The chosen steps in the order of the plan; an unknown id stops the run. `-File` hands over "a,b" as one text.
    $steps = @($Plan['steps'])
    $chosen = ConvertTo-Set @(foreach ($text in @($StepId)) { "$text".Split(',') | ForEach-Object { $_.Trim() } })
    $known = ConvertTo-Set @(foreach ($step in $steps) { $step['id'] })
    foreach ($id in @($chosen) + @($Until)) {
        if ($id -and -not $known.Contains($id)) { throw "the plan has no step $id" }
    }
    if ($chosen.Count -eq 0) { $chosen = $known }
    $selected = [System.Collections.Generic.List[object]]::new()
    $past = $false
    $index = 0
    foreach ($step in $steps) {
        $step['index'] = $index++
        $step['chosen'] = -not $past -and $chosen.Contains($step['id'])
        if ($step['chosen']) { $selected.Add($step) }
        if (Test-SameText $step['id'] $Until) { $past = $true }
    }
    return , $selected
}

function Connect-Lists {
    # Gives each list change its own additions and removals, and the step that decides about each element of that list.
    $touched = @{}
    foreach ($step in $Plan['steps']) {
        if ($step['action'] -ne 'update') { continue }
        foreach ($change in $step['changes']) {
            if ($change['kind'] -ne 'strings') { continue }
            $key = (Get-TargetKey $step) + "`n" + $change['property'].ToUpperInvariant()
            if (-not $touched.ContainsKey($key)) {
                $touched[$key] = [System.Collections.Generic.Dictionary[string,object]]::new([System.StringComparer]::OrdinalIgnoreCase)
            }
            $change['touched'] = $touched[$key]
            $change['own'] = @{ Add = (ConvertTo-Set $change['after']); Remove = (ConvertTo-Set $change['before']) }
            $change['own'].Add.ExceptWith((ConvertTo-TextList $change['before']))
            $change['own'].Remove.ExceptWith((ConvertTo-TextList $change['after']))
            foreach ($element in @($change['own'].Add) + @($change['own'].Remove)) { $change['touched'][$element] = $step }
        }
    }
}

function Get-Requirements($Steps) {
    # Cmdlet to the parameters that the chosen steps use.
    $needs = @{}
    if ($Plan['organizationGuid']) { $needs['Get-ActiveSyncOrganizationSettings'] = @{} }
    foreach ($step in $Steps) {
        $cmdlet = Get-Cmdlet $step
        $reader = $Kinds[$step['kind']]['cmdlets']['read']
        foreach ($name in $cmdlet, $reader) { if (-not $needs.ContainsKey($name)) { $needs[$name] = @{} } }
        if ($step['kind'] -eq 'mailbox') { $needs[$reader]['Identity'] = $true }
        if ($step['action'] -ne 'create' -and $step['kind'] -ne 'organization') { $needs[$cmdlet]['Identity'] = $true }
        if ($step['action'] -eq 'create') { foreach ($name in (Get-CreateArguments $step).Keys) { $needs[$cmdlet][$name] = $true } }
        if ($step['action'] -eq 'update') { foreach ($change in $step['changes']) { $needs[$cmdlet][$change['property']] = $true } }
    }
    return $needs
}

function Assert-Age {
    if (-not $Plan['notAfter']) { return }
    $end = [datetime]::Parse($Plan['notAfter'], $Invariant, 'AdjustToUniversal, AssumeUniversal')
    if ([datetime]::UtcNow -gt $end) { throw "the plan is too old: not to be applied after $($Plan['notAfter']); make a new one" }
}

function Assert-Tenant {
    $active = Get-Connection $Plan['edition']
    if (-not $Plan['tenant']) { return }
    if ($null -eq $active) {
        Show-Warning 'this session does not say which tenant it is connected to; the organization settings are compared instead'
        return
    }
    $tenant = ConvertTo-Text (Get-Value $active 'TenantID')
    if (-not (Test-SameGuid $tenant $Plan['tenant'])) { throw "connected to tenant $tenant, the plan is for $($Plan['tenant'])" }
}

function Assert-Organization {
    if (-not $Plan['organizationGuid']) { return }
    $guid = ConvertTo-Text (Get-Value (Read-OrganizationSettings) 'Guid')
    if (-not (Test-SameGuid $guid $Plan['organizationGuid'])) {
        throw "connected to another organization: its mobile settings have Guid '$guid', the plan is for $($Plan['organizationGuid'])"
    }
}

# ---- the run -----------------------------------------------------------------------------------------------------------

function Invoke-Plan {
    if (-not $WhatIfPreference) { Open-Journal }
    $steps = Select-Steps
    Connect-Lists
    Show-Line "policylint $($Plan['tool']): plan $($Plan['fingerprint']), $($steps.Count) of $(@($Plan['steps']).Count) steps"
    Write-Journal 'start' @{ Message = "policylint $($Plan['tool']), $($steps.Count) of $(@($Plan['steps']).Count) steps" }
    Assert-Age
    $needs = Get-Requirements $steps
    if ($Connect) { Connect-Exchange $Plan['edition'] (@($needs.Keys) + 'Get-ActiveSyncOrganizationSettings' + 'Get-MobileDeviceMailboxPolicy') }
    Assert-Session $needs
    Assert-Tenant
    Assert-Organization
    foreach ($step in $steps) {
        try {
            Invoke-Step $step
        }
        catch {
            if (-not $Run.ContainsKey('Journalled')) { Write-Failure 'failed' $step $_.Exception.Message }
            throw
        }
    }
    $summary = "$($Run.Changes) changed, $($Run.AlreadySo) already so"
    Write-Journal 'end' @{ Message = $summary }
    $Run.Finished = $true
    if (-not $WhatIfPreference) { Show-Line "finished: $summary" }
}

$failure = $null
try {
    Invoke-Plan
}
catch {
    $failure = $_
    Show-Detail $_.ScriptStackTrace
    if (-not $Run.ContainsKey('Journalled')) { Write-Journal 'failed' @{ Message = $_.Exception.Message } }
    $Run.Finished = $true
}
finally {
    # Also reached by Ctrl-C, which no catch block sees.
    if ($null -ne $Run.Journal) {
        if (-not $Run.Finished) { Write-Journal 'failed' @{ Message = 'interrupted' } }
        $Run.Journal.Dispose()
    }
    Close-Connection
}
if ($null -ne $failure) {
    Write-FinalError $failure
    exit 1
}
exit 0
