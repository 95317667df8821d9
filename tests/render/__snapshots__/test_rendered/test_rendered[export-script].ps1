# policylint 0.1.0: reads mobile device access settings (exchange-online) into one sealed file.
<#
.SYNOPSIS
Reads the mobile device access settings of one Exchange organization into one sealed file. Changes nothing.

.DESCRIPTION
Reads organization settings, device access rules, mobile device mailbox policies, mailboxes and devices, and writes them as
lines of JSON. The file gets its name only when everything was read; until then it is called like it with .partial added.

It needs an open session: connect first, use -Connect (Exchange Online), or run it in the Exchange Management Shell.
Exit code 0: the file is whole and sealed. 1: stopped, the message says why; a file of an earlier run is as it was.

.PARAMETER Path
File to write.

.PARAMETER Redact
Write pseudonyms instead of addresses, names, directory paths and device ids; the same value gets the same pseudonym.

.PARAMETER Resume
Go on after the last whole section of a .partial file that an earlier run left.

.PARAMETER Statistics
Of which mailboxes to read when devices last synced and how far they enforce their mailbox policy; one call a mailbox.
Strict: those whose policy keeps out devices that do not enforce it or cannot encrypt, now or by the policy files that this
script was made from. All: every mailbox. None: no mailbox.

.PARAMETER Connect
Open a session with Exchange Online for this run, and close it at the end.
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)][string]$Path,
    [switch]$Redact,
    [switch]$Resume,
    [ValidateSet('None', 'Strict', 'All')][string]$Statistics = 'Strict',
    [switch]$Connect
)

$Export = @{
    'tool' = '0.1.0'
    'edition' = 'exchange-online'
    'desired' = @{ 'strict' = @('Frontline'); 'default' = 'Default'; 'mailboxes' = @(@{ 'mailbox' = 'amara.diallo@contoso.com'; 'policy' = $null }, @{ 'mailbox' = 'hana.sato@contoso.com'; 'policy' = 'Frontline' }, @{ 'mailbox' = 'kwame.mensah@contoso.com'; 'policy' = 'Frontline' }, @{ 'mailbox' = 'miriam.okafor@contoso.com'; 'policy' = 'Executives' }, @{ 'mailbox' = 'noah.fischer@contoso.com'; 'policy' = 'Default' }, @{ 'mailbox' = 'sofia.rossi@contoso.com'; 'policy' = 'Frontline' }) }
    'sections' = @(
        @{ 'name' = 'organization'; 'cmdlet' = 'Get-ActiveSyncOrganizationSettings'; 'optional' = $false; 'properties' = @('Identity', 'Guid', 'WhenChangedUTC', 'DefaultAccessLevel', 'AdminMailRecipients', 'UserMailInsert', 'OtaNotificationMailInsert', 'AllowRMSSupportForUnenlightenedApps', 'AllowAccessForUnSupportedPlatform', 'EnableMobileMailboxPolicyWhenCAInplace', 'TenantAdminPreference'); 'lists' = @('AdminMailRecipients'); 'personal' = @('AdminMailRecipients') },
        @{ 'name' = 'deviceAccessRules'; 'cmdlet' = 'Get-ActiveSyncDeviceAccessRule'; 'optional' = $false; 'properties' = @('Identity', 'Name', 'Guid', 'DistinguishedName', 'WhenCreatedUTC', 'WhenChangedUTC', 'Characteristic', 'QueryString', 'AccessLevel'); 'lists' = @(); 'personal' = @() },
        @{ 'name' = 'mobileDeviceMailboxPolicies'; 'cmdlet' = 'Get-MobileDeviceMailboxPolicy'; 'optional' = $false; 'properties' = @('Identity', 'Guid', 'DistinguishedName', 'WhenChangedUTC', 'Name', 'IsDefault', 'AllowApplePushNotifications', 'AllowBluetooth', 'AllowBrowser', 'AllowCamera', 'AllowConsumerEmail', 'AllowDesktopSync', 'AllowExternalDeviceManagement', 'AllowGooglePushNotifications', 'AllowHTMLEmail', 'AllowInternetSharing', 'AllowIrDA', 'AllowMicrosoftPushNotifications', 'AllowMobileOTAUpdate', 'AllowNonProvisionableDevices', 'AllowPOPIMAPEmail', 'AllowRemoteDesktop', 'AllowSimplePassword', 'AllowSMIMEEncryptionAlgorithmNegotiation', 'AllowSMIMESoftCerts', 'AllowStorageCard', 'AllowTextMessaging', 'AllowUnsignedApplications', 'AllowUnsignedInstallationPackages', 'AllowWiFi', 'AlphanumericPasswordRequired', 'ApprovedApplicationList', 'AttachmentsEnabled', 'DeviceEncryptionEnabled', 'DevicePolicyRefreshInterval', 'IrmEnabled', 'MaxAttachmentSize', 'MaxCalendarAgeFilter', 'MaxEmailAgeFilter', 'MaxEmailBodyTruncationSize', 'MaxEmailHTMLBodyTruncationSize', 'MaxInactivityTimeLock', 'MaxPasswordFailedAttempts', 'MinPasswordComplexCharacters', 'MinPasswordLength', 'PasswordEnabled', 'PasswordExpiration', 'PasswordHistory', 'PasswordRecoveryEnabled', 'RequireDeviceEncryption', 'RequireEncryptedSMIMEMessages', 'RequireEncryptionSMIMEAlgorithm', 'RequireManualSyncWhenRoaming', 'RequireSignedSMIMEAlgorithm', 'RequireSignedSMIMEMessages', 'RequireStorageCardEncryption', 'UnapprovedInROMApplicationList', 'UNCAccessEnabled', 'WSSAccessEnabled'); 'lists' = @('ApprovedApplicationList', 'UnapprovedInROMApplicationList'); 'personal' = @() },
        @{ 'name' = 'mailboxes'; 'cmdlet' = 'Get-CASMailbox'; 'optional' = $false; 'properties' = @('Name', 'Guid', 'DistinguishedName', 'ExternalDirectoryObjectId', 'PrimarySmtpAddress', 'ActiveSyncMailboxPolicyIsDefaulted', 'HasActiveSyncDevicePartnership', 'Identity', 'ActiveSyncEnabled', 'ActiveSyncMailboxPolicy', 'ActiveSyncAllowedDeviceIDs', 'ActiveSyncBlockedDeviceIDs', 'ActiveSyncSuppressReadReceipt', 'ActiveSyncDebugLogging', 'OWAforDevicesEnabled', 'OutlookMobileEnabled', 'UniversalOutlookEnabled', 'MacOutlookEnabled', 'OneWinNativeOutlookEnabled'); 'lists' = @('ActiveSyncAllowedDeviceIDs', 'ActiveSyncBlockedDeviceIDs'); 'personal' = @('Identity', 'Name', 'Guid', 'DistinguishedName', 'ExternalDirectoryObjectId', 'PrimarySmtpAddress', 'ActiveSyncAllowedDeviceIDs', 'ActiveSyncBlockedDeviceIDs') },
        @{ 'name' = 'mailboxPlans'; 'cmdlet' = 'Get-CASMailboxPlan'; 'optional' = $true; 'properties' = @('Name', 'Guid', 'DistinguishedName', 'DisplayName', 'Identity', 'ActiveSyncEnabled'); 'lists' = @(); 'personal' = @() },
        @{ 'name' = 'devices'; 'cmdlet' = 'Get-MobileDevice'; 'optional' = $false; 'properties' = @('Guid', 'Identity', 'DistinguishedName', 'DeviceId', 'FirstSyncTime', 'LastSuccessSync', 'WhenChangedUTC', 'DeviceType', 'DeviceModel', 'DeviceOS', 'DeviceUserAgent', 'DeviceAccessState', 'DeviceAccessStateReason', 'DeviceAccessControlRule', 'ClientType', 'ClientVersion', 'DeviceActiveSyncVersion', 'IsManaged', 'IsCompliant', 'IsDisabled'); 'statistics' = @('LastSuccessSync', 'DevicePolicyApplicationStatus'); 'lists' = @(); 'personal' = @('Guid', 'Identity', 'DistinguishedName', 'DeviceId') }
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

# The sections that the edition has, by name; and what is a list, also where a session shows one element as itself or none as null.
$Sections = @{}
$ListProperties = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
foreach ($row in $Export['sections']) {
    $Sections[$row['name']] = $row
    foreach ($name in $row['lists']) { [void]$ListProperties.Add($name) }
}
$MailboxKeys = 'Identity', 'DistinguishedName', 'Guid', 'Name', 'ExternalDirectoryObjectId', 'Alias'
$ParentPattern = [regex]'^[^,\\]*(?:\\.[^,\\]*)*,[^,\\]*(?:\\.[^,\\]*)*,(.+)$'
$ChunkSize = 65536

# What is known across the sections: whose device it is, and which mailboxes are held to a policy.
$Known = @{
    Mailboxes = [System.Collections.Generic.List[object]]::new(); Policies = [System.Collections.Generic.List[object]]::new()
    Owners = @{}; Held = [System.Collections.Generic.List[object]]::new(); Statistics = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
    Counts = [ordered]@{}; Complete = [ordered]@{}
}
foreach ($key in $MailboxKeys) { $Known.Owners[$key] = [System.Collections.Generic.Dictionary[string, string]]::new([System.StringComparer]::OrdinalIgnoreCase) }

# The file being written: its bytes are hashed on the way out, a chunk at a time.
$Output = @{ Stream = $null; Hash = [System.Security.Cryptography.SHA256]::Create(); Text = [System.Text.StringBuilder]::new() }
# The key of the pseudonyms is random and forgotten with this run.
$Pseudonyms = [System.Security.Cryptography.HMACSHA256]::new()

# ---- the members of an object: pure ASCII, on one line -----------------------------------------------------------------

function Test-Value($Object, [string]$Name) {
    if ($Object -is [System.Collections.IDictionary]) { return $Object.Contains($Name) }
    return ($null -ne $Object.PSObject.Properties[$Name])
}

function ConvertTo-Members([string]$Section, $Object) {
    # The members of the JSON object of a live one: the properties that this export names, in its order; one that the live
    # object does not have is left out, or null where it comes from statistics. Called a million times, so the common cases are
    # decided here and not in functions.
    $bag = $null
    if ($Object -isnot [System.Collections.IDictionary]) { $bag = $Object.PSObject.Properties }
    $members = [System.Text.StringBuilder]::new(1024)
    foreach ($name in $Sections[$Section]['properties']) {
        if ($null -ne $bag) {
            $property = $bag[$name]
            if ($null -ne $property) { $value = $property.Value }
            elseif ($name -in $Sections[$Section]['statistics']) { $value = $null }
            else { continue }
        }
        elseif ($Object.Contains($name)) { $value = $Object[$name] }
        elseif ($name -in $Sections[$Section]['statistics']) { $value = $null }
        else { continue }
        if ($ListProperties.Contains($name)) { $value = ConvertTo-TextList $value }
        elseif ($null -ne $value -and $value -isnot [string] -and $value -isnot [bool]) { $value = ConvertTo-PlainValue $value }
        if ($Redact -and $name -in $Sections[$Section]['personal']) { $value = Hide-Value $value }
        [void]$members.Append($(if ($members.Length -gt 0) { ', "' } else { '"' })).Append($name).Append('": ')
        if ($null -eq $value) { [void]$members.Append('null') }
        elseif ($value -is [bool]) { [void]$members.Append($(if ($value) { '"True"' } else { '"False"' })) }
        elseif ($value -is [string] -and $value -cnotmatch $NeedsEscape) { [void]$members.Append('"').Append($value).Append('"') }
        else { [void]$members.Append((ConvertTo-JsonText $value)) }
    }
    return $members.ToString()
}

# ---- the file ----------------------------------------------------------------------------------------------------------

function Write-Text([string]$Text) {
    [void]$Output.Text.Append($Text)
    if ($Output.Text.Length -ge $ChunkSize) { Write-Chunk }
}

function Write-Chunk {
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Output.Text.ToString())
    [void]$Output.Text.Clear()
    [void]$Output.Hash.TransformBlock($bytes, 0, $bytes.Length, $null, 0)
    $Output.Stream.Write($bytes, 0, $bytes.Length)
}

function Open-Partial([string]$Partial) {
    # Returns the sections that are in the partial file already; without -Resume there are none.
    $header = Get-Header
    $kept = @{ Sections = @(); Length = [long]0 }
    if ($Resume -and [System.IO.File]::Exists($Partial)) {
        if ($Redact) { Show-Warning 'pseudonyms hold for one run, so a redacted export starts over' }
        else { $kept = Read-Partial $Partial $header }
    }
    $Output.Stream = [System.IO.FileStream]::new($Partial, 'OpenOrCreate', 'ReadWrite', 'Read')
    $Output.Stream.SetLength($kept.Length)
    $buffer = [byte[]]::new($ChunkSize)
    while (($count = $Output.Stream.Read($buffer, 0, $buffer.Length)) -gt 0) { [void]$Output.Hash.TransformBlock($buffer, 0, $count, $null, 0) }
    if ($kept.Length -eq 0) { Write-Text ('{"header": ' + (ConvertTo-JsonText $header) + ",`n") }
    return , $kept.Sections
}

function Get-Header {
    $session = Get-Session
    return [ordered]@{
        format = 'policylint-snapshot/1'; tool = $Export['tool']; edition = $Export['edition']; tenant = $session.Tenant; organization = $session.Organization
        organizationGuid = $session.Guid; takenAt = (ConvertTo-Text ([datetime]::UtcNow)); redacted = [bool]$Redact
    }
}

function Read-Partial([string]$Partial, $Header) {
    # Finds the end of the last whole section, and reads back what the later sections need of the earlier ones.
    $kept = @{ Sections = @(); Length = [long]0 }
    $file = [System.IO.FileStream]::new($Partial, 'Open', 'Read')
    $reader = [System.IO.StreamReader]::new($file, [System.Text.Encoding]::ASCII)
    try {
        $first = $reader.ReadLine()
        if ($first -cnotmatch '^\{"header": \{.*\},$') { return $kept }
        Assert-SameHeader $first $Header
        $position = [long]0
        $section = $null
        $reader.BaseStream.Position = 0
        $reader.DiscardBufferedData()
        while ($null -ne ($line = $reader.ReadLine())) {
            $position += $line.Length + 1
            if ($position -gt $file.Length) { break }
            if ($line -cmatch '^"(\w+)": \[$') { $section = $Matches[1]; $Known.Counts[$section] = 0; continue }
            $done = if ($line.StartsWith('"organization": ')) { 'organization' } elseif ($line -ceq '],') { $section } else { $null }
            if ($done) {
                $kept.Sections += $done
                $kept.Length = $position
                $Known.Complete[$done] = $true
                $section = $null
            }
            elseif ($section) { Add-KnownLine $section $line }
        }
    }
    finally {
        $reader.Dispose()
    }
    if ($section) {
        $Known.Counts.Remove($section)
        if ($section -eq 'mailboxes') { $Known.Mailboxes.Clear(); foreach ($key in $MailboxKeys) { $Known.Owners[$key].Clear() } }
        if ($section -eq 'mobileDeviceMailboxPolicies') { $Known.Policies.Clear() }
    }
    return $kept
}

function Assert-SameHeader([string]$Line, $Header) {
    # All but the time must be as this run would write it; the time of the first reading stays.
    $found = ConvertFrom-Json -InputObject ($Line.TrimEnd(',') + '}')
    foreach ($name in 'format', 'tool', 'edition', 'tenant', 'organization', 'organizationGuid', 'redacted') {
        if (-not (Test-SameText (ConvertTo-Text (Get-Value $found.header $name)) (ConvertTo-Text $Header[$name]))) {
            throw "the .partial file was begun with another $name; delete it or leave out -Resume"
        }
    }
}

function Add-KnownLine([string]$Section, [string]$Line) {
    $Known.Counts[$Section]++
    if ($Section -notin 'mobileDeviceMailboxPolicies', 'mailboxes') { return }
    Add-Known $Section (ConvertFrom-Json -InputObject $Line.TrimEnd(','))
}

function Add-Known([string]$Section, $Object) {
    # Takes what devices and statistics need, from a live object or from its line: owners by any name of the mailbox, and policies.
    if ($Section -eq 'mobileDeviceMailboxPolicies') { $Known.Policies.Add($Object) }
    if ($Section -ne 'mailboxes') { return }
    $mailbox = @{}
    foreach ($name in 'PrimarySmtpAddress', 'Guid', 'Identity', 'HasActiveSyncDevicePartnership', 'ActiveSyncMailboxPolicy', 'ActiveSyncMailboxPolicyIsDefaulted') {
        $mailbox[$name] = ConvertTo-Text (Get-Value $Object $name)
    }
    $mailbox['Address'] = if ($mailbox['PrimarySmtpAddress']) { $mailbox['PrimarySmtpAddress'] } else { $mailbox['Identity'] }
    $Known.Mailboxes.Add($mailbox)
    foreach ($key in $MailboxKeys) {
        $text = ConvertTo-Text (Get-Value $Object $key)
        if (-not $text) { continue }
        # A name that two mailboxes share says nothing about the owner.
        $Known.Owners[$key][$text] = if ($Known.Owners[$key].ContainsKey($text)) { '' } else { $mailbox['Address'] }
    }
}

function Complete-File([string]$Partial, [string]$Target) {
    # Seals the partial file and gives it its name; a file of that name is replaced only now.
    Write-Chunk
    [void]$Output.Hash.TransformFinalBlock([byte[]]::new(0), 0, 0)
    $digest = -join ($Output.Hash.Hash | ForEach-Object { $_.ToString('x2', $Invariant) })
    $complete = [ordered]@{}
    foreach ($section in @('organization') + @($Known.Counts.Keys)) { $complete[$section] = $Known.Complete[$section] }
    $seal = '{"counts": ' + (ConvertTo-JsonText $Known.Counts) + ', "complete": ' + (ConvertTo-JsonText $complete) + ', "sha256": "' + $digest + '"}'
    $bytes = [System.Text.Encoding]::ASCII.GetBytes('"seal": ' + $seal + "`n}`n")
    $Output.Stream.Write($bytes, 0, $bytes.Length)
    $Output.Stream.Flush($true)
    $Output.Stream.Dispose()
    $Output.Stream = $null
    if ([System.IO.File]::Exists($Target)) { [System.IO.File]::Replace($Partial, $Target, [NullString]::Value) }
    else { [System.IO.File]::Move($Partial, $Target) }
}

# ---- which organization ------------------------------------------------------------------------------------------------

function Get-Session {
    $session = @{ Tenant = $null; Organization = $null; Guid = $null }
    $active = Get-Connection $Export['edition']
    if ($null -ne $active) {
        $session.Tenant = ConvertTo-Null (Get-Value $active 'TenantID')
        $session.Organization = ConvertTo-Null (Get-Value $active 'Organization')
    }
    if ($null -eq $session.Organization -and (Test-Command 'Get-OrganizationConfig')) {
        $configuration = Invoke-Read { Get-OrganizationConfig -ErrorAction Stop }
        if ($configuration.Count -eq 1) { $session.Organization = ConvertTo-Null (Get-Value $configuration[0] 'Name') }
    }
    $session.Guid = ConvertTo-Null (Get-Value (Read-OrganizationSettings) 'Guid')
    return $session
}

function ConvertTo-Null($Value) {
    $text = ConvertTo-Text $Value
    if ($text) { return $text }
    return $null
}

# ---- sections ----------------------------------------------------------------------------------------------------------

function Write-Section([string]$Section, [string]$Command, [scriptblock]$Read) {
    # Streams: each object becomes its line before the next one is taken from the pipeline.
    Show-Detail "reading $Section"
    $Known.Counts[$Section] = 0
    Write-Text ('"' + $Section + '": [')
    for ($attempt = 1; ; $attempt++) {
        try {
            & $Read | ForEach-Object { if ($null -ne $_) { Write-Object $Section $_ } }
            break
        }
        catch {
            # Once lines are out, a second reading would repeat them; -Resume begins the section anew.
            if ($Known.Counts[$Section] + $Known.Held.Count -gt 0 -or $attempt -gt $MaximumRetries -or -not (Test-Transient $_)) { throw }
            Wait-BeforeRetry $attempt $_
        }
    }
    if ($Section -eq 'devices') { Write-HeldDevices }
    Write-Text "`n],`n"
    $Known.Complete[$Section] = Get-Completeness $Section $Command
}

function Write-OptionalSection([string]$Section, [string]$Command) {
    # Left out where it cannot be read, and so never taken for empty. Read whole first: these are few objects.
    if (-not (Test-Command $Command)) { Show-Warning "$Section is left out: this session does not offer $Command"; return }
    try { $found = Read-FixedSet $Command }
    catch { Show-Warning "$Section is left out: $($_.Exception.Message)"; return }
    Write-Section $Section $Command { $found }
}

function Get-Completeness([string]$Section, [string]$Command) {
    if ($Section -notin 'mailboxes', 'devices' -or $Known.Counts[$Section] -ne 1000) { return $true }
    if ((Get-ParameterNames $Command).ContainsKey('ResultSize')) { return $true }
    return "exactly 1000 objects, and $Command offers no -ResultSize here"
}

function Write-Object([string]$Section, $Object) {
    $members = ConvertTo-Members $Section $Object
    if ($Section -eq 'devices') { Write-Device $Object $members; return }
    Add-Known $Section $Object
    Write-Row $Section ('{' + $members + '}')
}

function Write-Row([string]$Section, [string]$Line) {
    Write-Text ($(if ($Known.Counts[$Section] -gt 0) { ",`n" } else { "`n" }) + $Line)
    $Known.Counts[$Section]++
}

# ---- devices: owner and statistics -------------------------------------------------------------------------------------

function Write-Device($Object, [string]$Members) {
    # A device whose owner is not seen from itself waits until all others are read.
    $owner = Find-Owner $Object
    $guid = ConvertTo-Text (Get-Value $Object 'Guid')
    $id = ConvertTo-Text (Get-Value $Object 'DeviceId')
    if ($null -eq $owner) { $Known.Held.Add(@{ Key = (Get-DeviceKey $Object); Guid = $guid; Id = $id; Members = $Members }); return }
    Write-OwnedDevice $owner @{ Guid = $guid; Id = $id; Members = $Members }
}

function Write-OwnedDevice($Owner, $Device) {
    $members = '"mailbox": ' + (ConvertTo-JsonText $(if ($Redact) { Hide-Value $Owner } else { $Owner }))
    if ($Device.Members) { $members += ', ' + $Device.Members }
    $row = Get-Statistics $Owner $Device
    if ($null -ne $row) {
        foreach ($name in $Sections['devices']['statistics']) {
            if (-not (Test-Value $row $name)) { continue }
            $text = '"' + $name + '": ' + (ConvertTo-JsonText (ConvertTo-PlainValue (Get-Value $row $name)))
            # What is of one device alone has its place among the first members, where null stands; a quote in a text is escaped.
            if ($name -in $Sections['devices']['properties']) { $members = $members.Replace('"' + $name + '": null', $text) }
            else { $members += ', ' + $text }
        }
    }
    Write-Row 'devices' ('{' + $members + '}')
}

function Get-Statistics($Owner, $Device) {
    # The statistics of a device, by its Guid or else by its id within the mailbox; null where they were not read.
    $row = $null
    if ($Known.Statistics.Count -eq 0) { return $null }
    if ($Device.Guid -and $Known.Statistics.TryGetValue($Device.Guid, [ref]$row)) { return $row }
    if ($Known.Statistics.TryGetValue("$Owner`n" + $Device.Id, [ref]$row)) { return $row }
    return $null
}

function Get-DeviceKey($Object) {
    foreach ($name in 'Guid', 'Identity', 'DeviceId') {
        $text = ConvertTo-Text (Get-Value $Object $name)
        if ($text) { return $text.ToUpperInvariant() }
    }
    return ''
}

function Find-Owner($Object) {
    # A device stands two levels below its mailbox: CN=device,CN=ExchangeActiveSyncDevices,CN=mailbox,... A comma in a name is escaped.
    $name = ConvertTo-Text (Get-Value $Object 'DistinguishedName')
    $owner = ''
    if ($name -match $ParentPattern -and $Known.Owners['DistinguishedName'].TryGetValue($Matches[1], [ref]$owner) -and $owner) { return $owner }
    $identity = ConvertTo-Text (Get-Value $Object 'Identity')
    if ($identity -notmatch '^(.+)[\\/]ExchangeActiveSyncDevices[\\/]') { return $null }
    $left = $Matches[1]
    foreach ($key in $MailboxKeys) {
        if ($Known.Owners[$key].TryGetValue($left, [ref]$owner)) {
            if ($owner) { return $owner }
            return $null
        }
    }
    return $null
}

function Write-HeldDevices {
    # Asks mailbox by mailbox for the owners still missing; slow, so only where a mailbox may have devices at all.
    $owners = @{}
    $missing = $Known.Held.Count
    if ($missing -gt 0 -and (Get-ParameterNames 'Get-MobileDevice').ContainsKey('Mailbox')) {
        $held = @{}
        foreach ($device in $Known.Held) { $held[$device.Key] = $true }
        foreach ($mailbox in $Known.Mailboxes) {
            if ($missing -le 0) { break }
            if ($mailbox['HasActiveSyncDevicePartnership'] -eq 'False') { continue }
            foreach ($device in (Read-OfMailbox 'Get-MobileDevice' $mailbox)) {
                $key = Get-DeviceKey $device
                if ($held.ContainsKey($key) -and -not $owners.ContainsKey($key)) { $owners[$key] = $mailbox['Address']; $missing-- }
            }
        }
    }
    foreach ($device in $Known.Held) { Write-OwnedDevice $owners[$device.Key] $device }
    if ($missing -gt 0) { Show-Warning "$missing devices have no mailbox that this session shows" }
}

function Read-OfMailbox([string]$Command, $Mailbox) {
    # One mailbox that cannot be read costs its fields, not the export; null is returned then.
    $identity = if ($Mailbox['Guid']) { $Mailbox['Guid'] } else { $Mailbox['Address'] }
    try {
        if ($Command -eq 'Get-MobileDevice') { return , (Invoke-Read { Get-MobileDevice -Mailbox $identity -ErrorAction Stop }) }
        return , (Invoke-Read { Get-MobileDeviceStatistics -Mailbox $identity -ErrorAction Stop })
    }
    catch {
        Show-Warning "$Command failed for one mailbox: $($_.Exception.Message)"
    }
}

function Read-Statistics([string]$File) {
    # One call a mailbox. What was read is kept in a file beside the partial one, so that -Resume does not read it again.
    if ($Statistics -eq 'None') { return }
    $mailboxes = $Known.Mailboxes
    if ($Statistics -eq 'Strict') { $mailboxes = Get-StrictMailboxes }
    if ($mailboxes.Count -eq 0) { return }
    if (-not (Test-Command 'Get-MobileDeviceStatistics')) {
        Show-Warning 'this session does not offer Get-MobileDeviceStatistics; last sync and how far devices enforce their policy are left out'
        return
    }
    $read = Read-KeptStatistics $File
    $left = @(foreach ($mailbox in $mailboxes) { if (-not $read.Contains($mailbox['Address'])) { $mailbox } })
    $number = if ($left.Count -eq 1) { '1 mailbox' } else { "$($left.Count) mailboxes" }
    Show-Line "statistics: one call of Get-MobileDeviceStatistics for each of $number; -Statistics None leaves them out, -Resume goes on where a run stopped"
    $writer = if ($Redact) { $null } else { [System.IO.StreamWriter]::new($File, $true, [System.Text.Encoding]::ASCII) }
    try {
        $done = 0
        foreach ($mailbox in $left) {
            $rows = Read-OfMailbox 'Get-MobileDeviceStatistics' $mailbox
            if ($null -ne $rows) {
                $kept = @(foreach ($row in $rows) { Get-KeptStatistics $row })
                Add-Statistics $mailbox['Address'] $kept
                if ($null -ne $writer) { $writer.Write((ConvertTo-JsonText ([ordered]@{ mailbox = $mailbox['Address']; rows = $kept })) + "`n") }
            }
            $done++
            if ($done % 100 -eq 0) {
                if ($null -ne $writer) { $writer.Flush() }
                Show-Line "statistics: $done of $number"
            }
        }
    }
    finally {
        if ($null -ne $writer) { $writer.Dispose() }
    }
}

function Get-KeptStatistics($Row) {
    # What is kept of the statistics of one device, as texts.
    $kept = [ordered]@{}
    foreach ($name in @('Guid', 'DeviceID') + $Sections['devices']['statistics']) {
        if (Test-Value $Row $name) { $kept[$name] = ConvertTo-PlainValue (Get-Value $Row $name) }
    }
    return $kept
}

function Add-Statistics([string]$Address, $Rows) {
    foreach ($row in $Rows) {
        $guid = ConvertTo-Text (Get-Value $row 'Guid')
        if ($guid) { $Known.Statistics[$guid] = $row }
        $Known.Statistics["$Address`n" + (ConvertTo-Text (Get-Value $row 'DeviceID'))] = $row
    }
}

function Read-KeptStatistics([string]$File) {
    # The mailboxes whose statistics an earlier run read. A line that was cut, which is the last, is read again.
    $read = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    if (-not [System.IO.File]::Exists($File)) { return , $read }
    $lines = @(foreach ($line in [System.IO.File]::ReadAllLines($File)) { if ($line.StartsWith('{"mailbox": ') -and $line.EndsWith(']}')) { $line } })
    foreach ($line in $lines) {
        $kept = ConvertFrom-Json -InputObject $line
        [void]$read.Add($kept.mailbox)
        Add-Statistics $kept.mailbox $kept.rows
    }
    [System.IO.File]::WriteAllLines($File, [string[]]$lines, [System.Text.Encoding]::ASCII)
    return , $read
}

function Get-StrictMailboxes {
    # Those that are governed by a policy that keeps devices out, live or by the policy files that this script was made from.
    $strict = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($name in $Export['desired']['strict']) { [void]$strict.Add($name) }
    foreach ($policy in $Known.Policies) {
        $names = [string[]]@(foreach ($key in 'Name', 'Identity', 'DistinguishedName', 'Guid') { ConvertTo-Text (Get-Value $policy $key) }) -ne ''
        $keeps = (ConvertTo-Text (Get-Value $policy 'AllowNonProvisionableDevices')) -eq 'False' -or (ConvertTo-Text (Get-Value $policy 'RequireDeviceEncryption')) -eq 'True'
        if (-not $keeps -and -not $strict.Overlaps([string[]]@($names))) { continue }
        foreach ($name in $names) { [void]$strict.Add($name) }
    }
    $defaults = @($Export['desired']['default']) + @(foreach ($policy in $Known.Policies) { if ((ConvertTo-Text (Get-Value $policy 'IsDefault')) -eq 'True') { ConvertTo-Text (Get-Value $policy 'Name') } })
    $default = $strict.Overlaps([string[]]@($defaults | Where-Object { $_ }))
    $declared = Get-DeclaredPolicies
    $found = [System.Collections.Generic.List[object]]::new()
    foreach ($mailbox in $Known.Mailboxes) {
        if ($mailbox['HasActiveSyncDevicePartnership'] -eq 'False') { continue }
        $policy = if ($mailbox['ActiveSyncMailboxPolicyIsDefaulted'] -eq 'True') { '' } else { $mailbox['ActiveSyncMailboxPolicy'] }
        $governed = @($policy) + @(if ($declared.ContainsKey($mailbox['Address'])) { $declared[$mailbox['Address']] })
        foreach ($name in $governed) {
            $held = if ($name) { $strict.Contains($name) -or $strict.Contains(($name -split '[\\/]')[-1]) } else { $default }
            if ($held) { $found.Add($mailbox); break }
        }
    }
    return , $found
}

function Get-DeclaredPolicies {
    # The policies that the policy files give to mailboxes, by address; the empty text where they are to follow the default.
    $declared = [System.Collections.Generic.Dictionary[string, string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($row in $Export['desired']['mailboxes']) {
        $address = $row['mailbox']
        foreach ($key in $MailboxKeys) {
            $owner = ''
            if ($Known.Owners[$key].TryGetValue($row['mailbox'], [ref]$owner) -and $owner) { $address = $owner }
        }
        $declared[$address] = [string]$row['policy']
    }
    return , $declared
}

# ---- redaction ---------------------------------------------------------------------------------------------------------

function Hide-Value($Value) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [array]) {
        $hidden = foreach ($text in $Value) { Hide-Text $text }
        return , @($hidden | Where-Object { $null -ne $_ })
    }
    return (Hide-Text (ConvertTo-Text $Value))
}

function Hide-Text([string]$Text) {
    # The same for every spelling that Exchange takes for equal, and of the same form: an address stays one, so does a Guid.
    if (-not $Text) { return '' }
    $bytes = $Pseudonyms.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($Text.ToUpperInvariant()))
    $digits = [System.BitConverter]::ToString($bytes).Replace('-', '').ToLowerInvariant()
    if ($Text.Contains('@')) { return 'user-' + $digits.Substring(0, 16) + '@redacted.invalid' }
    $guid = [guid]::Empty
    if ([guid]::TryParse($Text, [ref]$guid)) { return [guid]::ParseExact($digits.Substring(0, 32), 'N').ToString() }
    return 'x' + $digits.Substring(0, 24)
}

# ---- the run -----------------------------------------------------------------------------------------------------------

function Invoke-Export([string]$Target) {
    $partial = $Target + '.partial'
    $needs = @{}
    foreach ($row in $Export['sections']) { if (-not $row['optional']) { $needs[$row['cmdlet']] = @{} } }
    if ($Connect) { Connect-Exchange $Export['edition'] (@(foreach ($row in $Export['sections']) { $row['cmdlet'] }) + 'Get-MobileDeviceStatistics') }
    Assert-Session $needs
    $kept = Open-Partial $partial
    $statisticsFile = $partial + '.statistics'
    if ($kept.Count -eq 0) { [System.IO.File]::Delete($statisticsFile) }
    if ('organization' -notin $kept) {
        Write-Text ('"organization": {' + (ConvertTo-Members 'organization' (Read-OrganizationSettings)) + "},`n")
        $Known.Complete['organization'] = $true
    }
    $unlimited = @{ Mailboxes = (Get-Unlimited 'Get-CASMailbox'); Devices = (Get-Unlimited 'Get-MobileDevice') }
    if ('deviceAccessRules' -notin $kept) { Write-Section 'deviceAccessRules' 'Get-ActiveSyncDeviceAccessRule' { Get-ActiveSyncDeviceAccessRule -ErrorAction Stop } }
    if ('mobileDeviceMailboxPolicies' -notin $kept) { Write-Section 'mobileDeviceMailboxPolicies' 'Get-MobileDeviceMailboxPolicy' { Get-MobileDeviceMailboxPolicy -ErrorAction Stop } }
    if ('mailboxes' -notin $kept) {
        $options = $unlimited.Mailboxes
        Write-Section 'mailboxes' 'Get-CASMailbox' { Get-CASMailbox @options -ErrorAction Stop }
    }
    foreach ($row in $Export['sections']) {
        if ($row['optional'] -and $row['name'] -notin $kept) { Write-OptionalSection $row['name'] $row['cmdlet'] }
    }
    if ('devices' -notin $kept) {
        # Before the devices: some sessions run one command at a time, so none may start while they stream in.
        Read-Statistics $statisticsFile
        $options = $unlimited.Devices
        Write-Section 'devices' 'Get-MobileDevice' { Get-MobileDevice @options -ErrorAction Stop }
    }
    Complete-File $partial $Target
    [System.IO.File]::Delete($statisticsFile)
    $counts = foreach ($section in $Known.Counts.Keys) { "$($Known.Counts[$section]) $section" }
    Show-Line "written: $Target ($($counts -join ', '))"
}

$failure = $null
try {
    Invoke-Export $Caller.GetUnresolvedProviderPathFromPSPath($Path)
}
catch {
    $failure = $_
    Show-Detail $_.ScriptStackTrace
}
finally {
    # Also reached by Ctrl-C, which no catch block sees. What was read so far stays for -Resume.
    if ($null -ne $Output.Stream) {
        Write-Chunk
        $Output.Stream.Dispose()
    }
    Close-Connection
}
if ($null -ne $failure) {
    Write-FinalError $failure
    exit 1
}
exit 0
