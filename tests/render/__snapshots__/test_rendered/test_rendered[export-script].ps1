# policylint 0.0.0: reads mobile device access settings (exchange-online) into one sealed file.

<#
.SYNOPSIS
Reads the mobile device access settings of one Exchange organization into one sealed file. Changes nothing.

.DESCRIPTION
Reads organization settings, device access rules, mobile device mailbox policies, mailboxes and devices, and writes them as
lines of JSON. The file gets its name only when everything was read; until then it is called like it with .partial added,
and two files beside it, .partial.kept and .partial.statistics, hold what -Resume needs.

It needs an open session: connect first, use -Connect (Exchange Online), or run it in the Exchange Management Shell.
Exit code 0: the file is whole and sealed. 1: stopped, the message says why; a file of an earlier run is as it was.

.PARAMETER Path
File to write.

.PARAMETER Redact
Write pseudonyms instead of what names the organization or a person: tenant, addresses, names, Guids, directory paths, device
ids and the free texts of messages. The same value gets the same pseudonym. Names of policies and rules, and what devices
report of themselves, stay.

.PARAMETER Resume
Go on after the last whole section of a .partial file that an earlier run left. With -Redact an export starts over.

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
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$Path,
    [switch]$Redact,
    [switch]$Resume,
    [ValidateSet('None', 'Strict', 'All')][string]$Statistics = 'Strict',
    [switch]$Connect
)

$Export = @{
    'tool' = '0.0.0'
    'edition' = 'exchange-online'
    'desired' = @{ 'strict' = @('Frontline'); 'default' = 'Default'; 'mailboxes' = @(@{ 'mailbox' = 'amara.diallo@contoso.com'; 'policy' = $null }, @{ 'mailbox' = 'hana.sato@contoso.com'; 'policy' = 'Frontline' }, @{ 'mailbox' = 'kwame.mensah@contoso.com'; 'policy' = 'Frontline' }, @{ 'mailbox' = 'miriam.okafor@contoso.com'; 'policy' = 'Executives' }, @{ 'mailbox' = 'noah.fischer@contoso.com'; 'policy' = 'Default' }, @{ 'mailbox' = 'sofia.rossi@contoso.com'; 'policy' = 'Frontline' }) }
    'characteristics' = @('DeviceModel', 'DeviceType', 'DeviceOS', 'UserAgent', 'XMSWLHeader')
    'sections' = @(
        @{ 'name' = 'organization'; 'cmdlet' = 'Get-ActiveSyncOrganizationSettings'; 'optional' = $false; 'properties' = @('Identity', 'Guid', 'WhenChangedUTC', 'DefaultAccessLevel', 'AdminMailRecipients', 'UserMailInsert', 'OtaNotificationMailInsert', 'AllowRMSSupportForUnenlightenedApps', 'AllowAccessForUnSupportedPlatform', 'EnableMobileMailboxPolicyWhenCAInplace', 'TenantAdminPreference'); 'lists' = @('AdminMailRecipients'); 'personal' = @('Identity', 'Guid', 'AdminMailRecipients', 'UserMailInsert', 'OtaNotificationMailInsert') },
        @{ 'name' = 'deviceAccessRules'; 'cmdlet' = 'Get-ActiveSyncDeviceAccessRule'; 'optional' = $false; 'properties' = @('Identity', 'Name', 'Guid', 'DistinguishedName', 'WhenCreatedUTC', 'WhenChangedUTC', 'Characteristic', 'QueryString', 'AccessLevel'); 'lists' = @(); 'personal' = @('Guid'); 'paths' = @('Identity', 'Name', 'DistinguishedName') },
        @{ 'name' = 'mobileDeviceMailboxPolicies'; 'cmdlet' = 'Get-MobileDeviceMailboxPolicy'; 'optional' = $false; 'properties' = @('Identity', 'Guid', 'DistinguishedName', 'WhenChangedUTC', 'Name', 'IsDefault', 'AllowApplePushNotifications', 'AllowBluetooth', 'AllowBrowser', 'AllowCamera', 'AllowConsumerEmail', 'AllowDesktopSync', 'AllowExternalDeviceManagement', 'AllowGooglePushNotifications', 'AllowHTMLEmail', 'AllowInternetSharing', 'AllowIrDA', 'AllowMicrosoftPushNotifications', 'AllowMobileOTAUpdate', 'AllowNonProvisionableDevices', 'AllowPOPIMAPEmail', 'AllowRemoteDesktop', 'AllowSimplePassword', 'AllowSMIMEEncryptionAlgorithmNegotiation', 'AllowSMIMESoftCerts', 'AllowStorageCard', 'AllowTextMessaging', 'AllowUnsignedApplications', 'AllowUnsignedInstallationPackages', 'AllowWiFi', 'AlphanumericPasswordRequired', 'ApprovedApplicationList', 'AttachmentsEnabled', 'DeviceEncryptionEnabled', 'DevicePolicyRefreshInterval', 'IrmEnabled', 'MaxAttachmentSize', 'MaxCalendarAgeFilter', 'MaxEmailAgeFilter', 'MaxEmailBodyTruncationSize', 'MaxEmailHTMLBodyTruncationSize', 'MaxInactivityTimeLock', 'MaxPasswordFailedAttempts', 'MinPasswordComplexCharacters', 'MinPasswordLength', 'PasswordEnabled', 'PasswordExpiration', 'PasswordHistory', 'PasswordRecoveryEnabled', 'RequireDeviceEncryption', 'RequireEncryptedSMIMEMessages', 'RequireEncryptionSMIMEAlgorithm', 'RequireManualSyncWhenRoaming', 'RequireSignedSMIMEAlgorithm', 'RequireSignedSMIMEMessages', 'RequireStorageCardEncryption', 'UnapprovedInROMApplicationList', 'UNCAccessEnabled', 'WSSAccessEnabled'); 'lists' = @('ApprovedApplicationList', 'UnapprovedInROMApplicationList'); 'personal' = @('Guid'); 'paths' = @('Identity', 'DistinguishedName') },
        @{ 'name' = 'mailboxes'; 'cmdlet' = 'Get-CASMailbox'; 'optional' = $false; 'properties' = @('Name', 'Guid', 'DistinguishedName', 'ExternalDirectoryObjectId', 'PrimarySmtpAddress', 'Alias', 'UserPrincipalName', 'SamAccountName', 'LegacyExchangeDN', 'EmailAddresses', 'ActiveSyncMailboxPolicyIsDefaulted', 'HasActiveSyncDevicePartnership', 'Identity', 'ActiveSyncEnabled', 'ActiveSyncMailboxPolicy', 'ActiveSyncAllowedDeviceIDs', 'ActiveSyncBlockedDeviceIDs', 'ActiveSyncSuppressReadReceipt', 'ActiveSyncDebugLogging', 'OWAforDevicesEnabled', 'OutlookMobileEnabled', 'UniversalOutlookEnabled', 'MacOutlookEnabled', 'OneWinNativeOutlookEnabled'); 'lists' = @('EmailAddresses', 'ActiveSyncAllowedDeviceIDs', 'ActiveSyncBlockedDeviceIDs'); 'personal' = @('Identity', 'Name', 'Guid', 'DistinguishedName', 'ExternalDirectoryObjectId', 'PrimarySmtpAddress', 'Alias', 'UserPrincipalName', 'SamAccountName', 'LegacyExchangeDN', 'EmailAddresses', 'ActiveSyncAllowedDeviceIDs', 'ActiveSyncBlockedDeviceIDs'); 'paths' = @('ActiveSyncMailboxPolicy') },
        @{ 'name' = 'mailboxPlans'; 'cmdlet' = 'Get-CASMailboxPlan'; 'optional' = $true; 'properties' = @('Name', 'Guid', 'DistinguishedName', 'DisplayName', 'Identity', 'ActiveSyncEnabled'); 'lists' = @(); 'personal' = @('Identity', 'Name', 'Guid', 'DistinguishedName') },
        @{ 'name' = 'devices'; 'cmdlet' = 'Get-MobileDevice'; 'optional' = $false; 'properties' = @('Guid', 'Identity', 'DistinguishedName', 'DeviceId', 'FirstSyncTime', 'LastSuccessSync', 'WhenChangedUTC', 'DeviceType', 'DeviceModel', 'DeviceOS', 'DeviceUserAgent', 'DeviceAccessState', 'DeviceAccessStateReason', 'DeviceAccessControlRule', 'ClientType', 'ClientVersion', 'DeviceActiveSyncVersion', 'IsManaged', 'IsCompliant', 'IsDisabled'); 'statistics' = @('LastSuccessSync', 'DevicePolicyApplicationStatus'); 'lists' = @(); 'personal' = @('Guid', 'Identity', 'DistinguishedName', 'DeviceId'); 'paths' = @('DeviceAccessControlRule') }
    )
}

# ---- what all scripts share --------------------------------------------------------------------------------------------

# Needs a script with [CmdletBinding()] and, when a cmdlet is called, $MayCall: the cmdlets of Exchange that the script may call.

if ($MyInvocation.InvocationName -ceq '.') {
    throw 'run this script by its path, not with a dot before it: it would leave its settings and functions in your session'
}
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    # Nothing but the plainest commands works here, so this comes first.
    Write-Error "this session restricts scripts to $($ExecutionContext.SessionState.LanguageMode): sign this script with a certificate that the machine's policy trusts, or run it on another machine; nothing was read or changed" -ErrorAction Continue
    exit 1
}

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# What the caller set up for other commands must not reach the calls of this script: a default for a parameter would change
# what is read or set, and $OFS how lists become text. Both are of this script's scope; the caller keeps its own.
$PSDefaultParameterValues = @{}
$OFS = ' '
# A warning is no reason to stop half way, and nobody may be there to answer.
if ("$WarningPreference" -notin 'SilentlyContinue', 'Ignore') { $WarningPreference = 'Continue' }
if ("$InformationPreference" -notin 'Continue', 'Ignore') { $InformationPreference = 'SilentlyContinue' }

$Caller = $PSCmdlet
$Given = $PSBoundParameters
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
$NeedsEscape = [regex]'[^ !#-\[\]-~]'
$HalfPair = [regex]'[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]'
$MaximumRetries = 6
# Older ones lose what comes after the first 1000 objects when they connect with a certificate.
# Source: https://learn.microsoft.com/powershell/exchange/exchange-online-powershell-v2#release-notes
$OldestModule = [version]'3.7.0'
$Progress = @{ Activity = ''; Shown = $false; Clock = [System.Diagnostics.Stopwatch]::StartNew(); Begun = [long]0; From = 0; Next = [long]0 }
# The connection that counts, the module that its cmdlets are in, and each cmdlet as it was found first. Opened is the
# connection that this script made itself, Tool the module that made the one that counts, Warnings what the last cmdlet warned of.
$Session = @{ Edition = ''; Row = $null; Tool = $null; Module = $null; Foreign = @(); Commands = @{}; Opened = @(); Warnings = @(); Doubtful = $false }

function ConvertTo-Pattern([string]$Pattern) {
    # Ignores case without following the culture: -match would not take I for i in Turkish.
    return [regex]::new($Pattern, 'IgnoreCase, CultureInvariant')
}

# ---- values: what Exchange shows, as text that can be compared ---------------------------------------------------------

function Get-Value($Object, [string]$Name) {
    # A session may show typed objects, property bags of a remote session, or plain hashtables; any property may be missing.
    if ($Object -is [System.Collections.IDictionary]) { return , $Object[$Name] }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return , $property.Value
}

function Test-Value($Object, [string]$Name) {
    if ($Object -is [System.Collections.IDictionary]) { return $Object.Contains($Name) }
    return ($null -ne $Object.PSObject.Properties[$Name])
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
    if (-not $NeedsEscape.IsMatch($Text)) { return '"' + $Text + '"' }
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
        # Most values of a journal are plain texts: a call for each takes longer than all else.
        $members = foreach ($name in $Value.Keys) {
            $each = $Value[$name]
            $text = if ($each -is [string] -and -not $NeedsEscape.IsMatch($each)) { '"' + $each + '"' } elseif ($null -eq $each) { 'null' } else { ConvertTo-JsonText $each }
            (ConvertTo-JsonString $name) + ': ' + $text
        }
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
    $line = $Text.Trim()
    if (-not $Steering.IsMatch($line)) { return $line }
    $line = [regex]::Replace($line, '\s*[\r\n]+\s*', ' ')
    return $Steering.Replace($line, [System.Text.RegularExpressions.MatchEvaluator] { param($found) '\u{0:x4}' -f [int][char]$found.Value })
}

function Show-Line([string]$Text) {
    $message = [System.Management.Automation.HostInformationMessage]::new()
    $message.Message = ConvertTo-Line $Text
    $Caller.WriteInformation($message, [string[]]'PSHOST')
}

function Show-Warning([string]$Text) {
    # A warning is no reason to stop half way, also where the caller said -WarningAction Stop.
    if ($Given.ContainsKey('WarningAction') -and "$($Given['WarningAction'])" -notin 'Continue', 'SilentlyContinue', 'Ignore') { Show-Line "warning: $Text" }
    else { $Caller.WriteWarning((ConvertTo-Line $Text)) }
}

function Get-Number([int]$Count, [string]$What, [string]$Many = 's') {
    # 1 device, 1,200 devices; without a word the number alone.
    $number = $Count.ToString('#,0', $Invariant)
    if (-not $What) { return $number }
    return "$number $What$(if ($Count -ne 1) { $Many })"
}

function Show-Detail([string]$Text) { $Caller.WriteVerbose((ConvertTo-Line $Text)) }

# ---- progress ----------------------------------------------------------------------------------------------------------

function Test-Progress {
    # Not where nobody sees it: a log, a scheduled task. It is drawn in color.
    if ([System.Environment]::GetEnvironmentVariable('NO_COLOR') -or -not [System.Environment]::UserInteractive) { return $false }
    if ("$ProgressPreference" -in 'SilentlyContinue', 'Ignore') { return $false }
    foreach ($argument in [System.Environment]::GetCommandLineArgs()) { if ($argument -cmatch '^[-/][Nn][Oo][Nn][Ii]') { return $false } }
    if ($Host.Name -ne 'ConsoleHost') { return $true }
    try { return -not [System.Console]::IsOutputRedirected }
    catch { return $false }
}

function Open-Progress {
    $Progress.Begun = $Progress.Clock.ElapsedMilliseconds
    $Progress.From = 0
    $Progress.Next = $Progress.Begun + 1000
}

function Show-Progress([string]$What, [int]$Done, [int]$Total) {
    # At most once a second. Without a total only how many there are.
    if ($Progress.Clock.ElapsedMilliseconds -lt $Progress.Next) { return }
    $Progress.Next = $Progress.Clock.ElapsedMilliseconds + 1000
    if (-not (Test-Progress)) { return }
    $record = [System.Management.Automation.ProgressRecord]::new(1, $Progress.Activity, "$What`: $Done$(if ($Total -gt 0) { " of $Total" })")
    if ($Total -gt 0) {
        $record.PercentComplete = [int][Math]::Min(100, 100 * [double]$Done / $Total)
        $record.SecondsRemaining = Get-SecondsLeft $Done $Total
    }
    $Progress.Shown = $true
    $Caller.WriteProgress($record)
}

function Close-Progress {
    if (-not $Progress.Shown) { return }
    $Progress.Shown = $false
    $record = [System.Management.Automation.ProgressRecord]::new(1, $Progress.Activity, 'done')
    $record.RecordType = 'Completed'
    $Caller.WriteProgress($record)
}

function Get-SecondsLeft([int]$Done, [int]$Total) {
    # By what was done since it is measured; -1 where it is not yet.
    if ($Progress.From -lt 0) { return -1 }
    return [int][Math]::Min([int]::MaxValue, ($Progress.Clock.ElapsedMilliseconds - $Progress.Begun) / 1000 * ($Total - $Done) / [Math]::Max(1, $Done - $Progress.From))
}

function Get-TimeLeft([int]$Done, [int]$Total) {
    $left = [timespan]::FromSeconds((Get-SecondsLeft $Done $Total))
    if ($left.TotalMinutes -lt 1) { return '' }
    return ", about $(Get-Duration $left) left"
}

function Get-Duration([timespan]$Span) {
    if ($Span.TotalMinutes -lt 1) { return "$([Math]::Ceiling($Span.TotalSeconds)) s" }
    return "$(if ($Span.TotalHours -ge 1) { "$([Math]::Floor($Span.TotalHours)) h " })$($Span.Minutes) min"
}

# ---- hashes ------------------------------------------------------------------------------------------------------------

function Get-Sha256 {
    # Where Windows allows validated algorithms only, old versions of .NET refuse the one they create by default.
    # Source: https://learn.microsoft.com/dotnet/framework/configure-apps/file-schema/runtime/enforcefipspolicy-element
    try { return [System.Security.Cryptography.SHA256]::Create() }
    catch { return [System.Security.Cryptography.SHA256]::Create('System.Security.Cryptography.SHA256CryptoServiceProvider') }
}

function ConvertTo-Hex([byte[]]$Bytes) { return [System.BitConverter]::ToString($Bytes).Replace('-', '').ToLowerInvariant() }

# ---- files and time ----------------------------------------------------------------------------------------------------

function Resolve-File([string]$Path, [string]$Parameter) {
    # The full path of a file. Relative to where the file system is, also where the session stands in a drive of something else.
    if (-not $Path.Trim()) { throw "-$Parameter is empty" }
    $folder = $Caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    if ($Path -cmatch '^~(?=$|[\\/])') { $Path = $HOME + $Path.Substring(1) }
    if ($Path -cmatch '^(?:[^\\/:]+:|[\w.\\]+::)') {
        $provider = $null
        $drive = $null
        $Path = $Caller.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path, [ref]$provider, [ref]$drive)
        if ($provider.Name -cne 'FileSystem') { throw "-$Parameter names no file: $Path belongs to the provider $($provider.Name)" }
    }
    # Combine takes a rooted path as it is; one that is rooted without a drive is of the drive of the folder.
    elseif ($Path -cmatch '^[\\/](?![\\/])' -and $folder -cmatch '^[A-Za-z]:') { $Path = $folder.Substring(0, 2) + $Path }
    return [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($folder, $Path))
}

function Wait-Milliseconds([int]$Milliseconds) {
    # In short parts, so that Ctrl-C is obeyed.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (($left = $Milliseconds - $clock.ElapsedMilliseconds) -gt 0) { [System.Threading.Thread]::Sleep([int][Math]::Min(200, $left)) }
}

# ---- calls: what the session offers, and trying again ------------------------------------------------------------------

function Get-SessionCommand([string]$Name) {
    # The cmdlet of the connection, or null where the session does not offer it. Found once and then called as what was found:
    # by its name alone, a function or an alias of a profile, or another organization, could answer.
    if (-not $Session.Commands.ContainsKey($Name)) {
        $found = $ExecutionContext.InvokeCommand.GetCommand($Name, 'Alias, Function, Filter, Cmdlet')
        if ($null -ne $found) { Assert-Genuine $found }
        $Session.Commands[$Name] = $found
    }
    return $Session.Commands[$Name]
}

function Assert-Genuine($Command) {
    if ($Command.CommandType -eq 'Alias') { throw "$($Command.Name) is an alias of this session, not the cmdlet of Exchange: remove it, or use a session without a profile" }
    $module = $Command.ModuleName
    if (-not $module) { throw "$($Command.Name) is a function of this session that belongs to no module, not the cmdlet of Exchange: remove it, or use a session without a profile" }
    if ($module -in $Session.Foreign) { throw "$($Command.Name) is a cmdlet of a connection with Exchange Online, and this script is for $($Session.Edition): disconnect it, and use the Exchange Management Shell" }
    if ($null -eq $Session.Module) { $Session.Module = $module }
    if ($module -ne $Session.Module) {
        throw "$($Command.Name) belongs to the module $module, not to $($Session.Module) as the cmdlets of the connection do: it may talk to another organization"
    }
}

function Get-ParameterNames([string]$Command) {
    # Role-based access leaves out cmdlets and parameters, so this is what the caller may do.
    $found = Get-SessionCommand $Command
    if ($null -eq $found) { return $null }
    return , $found.Parameters
}

function Test-Command([string]$Command) {
    return ($null -ne (Get-SessionCommand $Command))
}

function Test-Parameter([string]$Command, [string]$Parameter) {
    $parameters = Get-ParameterNames $Command
    return ($null -ne $parameters -and $parameters.ContainsKey($Parameter))
}

# How an error is known, first by the name of its type: as .NET has it, as a remote session tells it in the category and the id,
# as Exchange Online puts it before its message (Ex6F9304|Microsoft.Exchange...Exception|text), or as a word of the message.
$TypeName = ConvertTo-Pattern '[A-Za-z]+(?:Exception|Timeout|NotFound|AlreadyExists)\b'
$NamedType = ConvertTo-Pattern '(?:[a-z]+\.)*([a-z]{4,}Exception)\b'
$FinalType = ConvertTo-Pattern ('^(?:ManagementObjectNotFound|ManagementObjectAmbiguous|ObjectNotFound|CommandNotFound|ADObjectAlreadyExists|ADNoSuchObject)|' +
    'ParameterBinding|ArgumentTransformation|Validation|AccessDenied|UnauthorizedAccess|(?:NotFound|AlreadyExists)(?:Exception)?$')
$PassingType = ConvertTo-Pattern ('Transient|Throttl|OverBudget|ServerBusy|ServerUnavailable|ServerSettingsChanged|Timeout|TaskCanceled|OperationCanceled|SocketException|' +
    '^(?:ConnectionError|ResourceBusy|LimitsExceeded|QuotaExceeded)$|^(?:Web|HttpRequest|HttpIO|IO|EndOfStream|Authentication|Remoting|PSRemotingTransport|PSRemotingDataStructure|MailboxOffline|StorageTransient)Exception$')
$Status = ConvertTo-Pattern '(?:status ?code|\bhttp(?:/[\d.]+)?(?: status)?)\W{0,3}(?:code\W{0,3})?([0-9]{3})\b'
$BareStatus = ConvertTo-Pattern ('\berror\W{0,3}\(([0-9]{3})\)|\(([0-9]{3})\) ?(?:too many|internal|bad|service|server|gateway|forbidden|not found|request)|' +
    '^([0-9]{3})\b')
$FinalWords = ConvertTo-Pattern "\bnot found\b|\bno such (?!host)|\b(?:couldn|wasn|isn|doesn|can)['\u2019]?t (?:be )?(?:found|find|exist)|\b(?:could|was) not (?:be )?found|\bdoes not exist|\balready exists|\bcannot be found"
$PassingWords = ConvertTo-Pattern ('too many requests|\b(?:been|is|was|were|being) throttled\b|\bthrottling\b|load quota|maximum number of (?:concurrent )?connections|micro ?delay|server[- ]side error|internal ?server ?error|server (?:is )?(?:too |currently |down ?/ ?)*(?:busy|down)\b|service (?:is )?unavailable|currently unavailable|' +
    'bad ?gateway|gateway ?timeout|timed? ?out\b|time-out|try (?:again|your request again|the request again)|retr(?:iable|yable|y later)|temporarily|' +
    'server(?: \S+)? is (?:not available|unavailable)|retry (?:at a )?later|topology service|within the time specified|(?:task|operation|request) was (?:cancell?ed|aborted)|not operational|underlying connection was closed|error occurred while sending the request|' +
    'broken pipe|network is unreachable|unable to connect to the remote server|ErrorServerBusy|current set of domain controllers|connection (?:was )?(?:reset|refused|closed|aborted|lost|terminated|forcibly closed)|forcibly closed|reset by peer|(?:no such host|host is) (?:is )?(?:known|unknown|unreachable)|name (?:or service )?(?:not known|could not be resolved|resolution)|' +
    'starting a command on the remote server failed|processing data (?:from|for a) remote (?:server|command)|ssl connection|unexpected eof|ADTransientException|response ended prematurely')
$MoreResults = ConvertTo-Pattern 'more results'
# What stands in quotation marks, and addresses, are names that somebody chose.
$ChosenNames = ConvertTo-Pattern "(?<!\w)'[^']*'|\u2018[^\u2019]*\u2019|(?<!:\s?)`"[^`"{}]*`"(?!\s*:)|[^\s'`"<>()]+@[^\s'`"<>()]+"

function Get-FailureKind($Failure) {
    # Passing: throttling, server errors, time-outs and lost connections go by themselves. Missing: Exchange says by the type of
    # the error that there is no such object. Final: it would only fail again. Unknown is anything else.
    $message = ''
    $types = [System.Collections.Generic.List[string]]::new()
    for ($exception = $Failure.Exception; $null -ne $exception; $exception = $exception.InnerException) {
        $types.Add($exception.GetType().Name)
        $message += ' ' + $exception.Message
        if ($message -cmatch '^\s*(?:Ex[0-9A-F]{6}\|)?(?:[\w`]+\.)*(\w+)\|') { $types.Add($Matches[1]) }
    }
    if ($Failure -is [System.Management.Automation.ErrorRecord]) {
        $types.Add("$($Failure.CategoryInfo.Category)")
        $types.Add("$($Failure.CategoryInfo.Reason)")
        foreach ($match in $TypeName.Matches("$($Failure.FullyQualifiedErrorId)")) { $types.Add($match.Value) }
    }
    $message = $ChosenNames.Replace($message.Trim(), '*')
    foreach ($match in $NamedType.Matches($message)) { $types.Add($match.Groups[1].Value) }
    foreach ($type in $types) {
        if ($type -cmatch '^(?:ManagementObjectNotFound|ADNoSuchObject|ObjectNotFound)') { return 'missing' }
    }
    foreach ($type in $types) { if ($FinalType.IsMatch($type)) { return 'final' } }
    foreach ($type in $types) { if ($PassingType.IsMatch($type)) { return 'passing' } }
    $kind = Get-StatusKind $Status.Match($message)
    if ($kind) { return $kind }
    if ($FinalWords.IsMatch($message)) { return 'final' }
    $kind = Get-StatusKind $BareStatus.Match($message)
    if ($kind) { return $kind }
    if ($PassingWords.IsMatch($message)) { return 'passing' }
    return 'unknown'
}

function Get-StatusKind($Match) {
    # What the number of an HTTP status says; null for none, and for those that leave it open.
    $code = [int](0 + ($Match.Groups[1].Value + $Match.Groups[2].Value + $Match.Groups[3].Value))
    if ($code -in 408, 429 -or ($code -ge 500 -and $code -le 599)) { return 'passing' }
    if ($code -in 400, 403, 404) { return 'final' }
}

function Test-Again($Failure, [int]$Attempt) {
    # Every try reads first, so what is not known is tried once more.
    switch (Get-FailureKind $Failure) {
        'passing' { return ($Attempt -le $MaximumRetries) }
        'unknown' { return ($Attempt -le 1) }
        default { return $false }
    }
}

function Wait-BeforeRetry([int]$Attempt, $Failure) {
    $milliseconds = [int][Math]::Pow(2, $Attempt) * 500 + [System.Random]::new().Next(500)
    Show-Warning "trying again in $milliseconds ms: $($Failure.Exception.Message)"
    Wait-Milliseconds $milliseconds
}

function Invoke-Cmdlet([string]$Name, [hashtable]$Parameters, [scriptblock]$Each) {
    # The one call of a cmdlet of Exchange. Each object goes to the block as it comes. Not every error arrives as an exception:
    # the functions of Exchange Online may hand one to a function below them, set a global variable and return.
    if ($Name -cnotin $MayCall) { throw "this script does not call $Name" }
    $command = Get-SessionCommand $Name
    if ($null -eq $command) { throw "this session does not offer $Name" }
    $options = $Parameters.Clone()
    if ($command.Parameters.ContainsKey('ErrorAction')) { $options['ErrorAction'] = 'Stop' }
    if ($command.Parameters.ContainsKey('ErrorVariable')) { $options['ErrorVariable'] = 'problems' }
    $problems = $null
    $variables = $ExecutionContext.SessionState.PSVariable
    if ($null -ne $variables.Get('global:EXO_LastExecutionStatus')) { $variables.Set('global:EXO_LastExecutionStatus', $true) }
    if ($command.Parameters.ContainsKey('WarningAction')) { $options['WarningAction'] = 'Continue' }
    $Session.Warnings = [System.Collections.Generic.List[string]]::new()
    & $command @options *>&1 | & { process { if ($_ -is [System.Management.Automation.ErrorRecord] -or $_ -is [System.Management.Automation.InformationalRecord] -or $_ -is [System.Management.Automation.InformationRecord]) { Receive-Record $_ } else { foreach ($item in $_) { if ($null -ne $item) { & $Each $item } } } } }
    foreach ($problem in $problems) {
        if ($problem -is [System.Management.Automation.ErrorRecord]) { throw $problem }
        if ($problem -is [System.Exception]) { throw $problem }
    }
    if ($variables.GetValue('global:EXO_LastExecutionStatus', $true) -eq $false) { throw "$Name failed without saying why: Exchange Online notes that its last call did" }
}

function Receive-Record($Record) {
    # What a cmdlet writes beside its objects: an error, also one that was written below it, and messages.
    if ($Record -is [System.Management.Automation.ErrorRecord]) { throw $Record }
    if ($Record -is [System.Management.Automation.WarningRecord]) {
        $Session.Warnings.Add($Record.Message)
        Show-Warning $Record.Message
    }
    elseif ($Record -is [System.Management.Automation.InformationRecord]) { Show-Line "$($Record.MessageData)" }
    else { Show-Detail $Record.Message }
}

function Invoke-Read([string]$Name, [hashtable]$Parameters = @{}) {
    # The result is held whole, so a reading can be made again. Null, which some sessions return for "none", is left out.
    for ($attempt = 1; ; $attempt++) {
        $found = [System.Collections.Generic.List[object]]::new()
        try {
            Invoke-Cmdlet $Name $Parameters { param($object) $found.Add($object) }
            foreach ($warning in $Session.Warnings) { if ($MoreResults.IsMatch($warning)) { throw "$Name does not show all objects: $warning" } }
            return , $found.ToArray()
        }
        catch {
            if (-not (Test-Again $_ $attempt)) { throw }
            Wait-BeforeRetry $attempt $_
        }
    }
}

function Get-Unlimited([string]$Command) {
    # Without it these cmdlets end quietly after 1000 objects.
    $options = @{}
    if (Test-Parameter $Command 'ResultSize') { $options['ResultSize'] = 'Unlimited' }
    return $options
}

function Read-OrganizationSettings([hashtable]$Parameters = @{}) {
    $found = Invoke-Read 'Get-ActiveSyncOrganizationSettings' $Parameters
    if ($found.Count -ne 1) { throw "expected one organization settings object, found $($found.Count)" }
    return $found[0]
}

# ---- the connection ----------------------------------------------------------------------------------------------------

# The three cmdlets of the module ExchangeOnlineManagement itself.
# Source: https://learn.microsoft.com/powershell/module/exchangepowershell/get-connectioninformation

function Get-ConnectionCommand([string]$Name) {
    $found = $ExecutionContext.InvokeCommand.GetCommand($Name, 'Alias, Function, Filter, Cmdlet')
    if ($null -eq $found) { return $null }
    if ($found.CommandType -eq 'Alias' -or -not $found.ModuleName) { throw "$Name is not the cmdlet of the module ExchangeOnlineManagement: remove it, or use a session without a profile" }
    # A module that was not loaded from a file has the version 0.0.
    $version = if ($null -ne $found.Module) { $found.Module.Version } else { $found.Version }
    $Session.Tool = "$($found.ModuleName) $version"
    if ($Session.Edition -eq 'exchange-online' -and $version -gt [version]'0.0' -and $version -lt $OldestModule -and $found.ModuleName -eq 'ExchangeOnlineManagement') {
        throw "the module ExchangeOnlineManagement is $version, and $OldestModule or later is needed: update it, and connect again in a new session"
    }
    return $found
}

function Get-ConnectionRows {
    # The connections with Exchange that can be used: an expired token is renewed by the next call, one that is broken cannot be,
    # and a session of the compliance portal is none.
    $command = Get-ConnectionCommand 'Get-ConnectionInformation'
    if ($null -eq $command) { return , @() }
    $rows = @(& $command -ErrorAction Stop)
    return , @(foreach ($row in $rows) {
            if ($null -ne $row -and (Get-RowText $row 'IsEopSession') -ne 'True' -and (Get-RowText $row 'State') -in 'Connected', '') { $row }
        })
}

function Get-RowText($Row, [string]$Name) {
    if ($null -eq $Row) { return '' }
    return (ConvertTo-Text (Get-Value $Row $Name)).Trim()
}

function Get-RowModule($Row) {
    # The name of the module that the cmdlets of a connection are in; the row shows the path that it was loaded from.
    return ((Get-RowText $Row 'ModuleName') -csplit '[\\/]')[-1]
}

function Open-Session([string]$Edition) {
    # Finds out which connection the cmdlets of this session belong to, before any of them is called.
    $Session.Edition = $Edition
    $Session.Commands = @{}
    $Session.Module = $null
    $Session.Foreign = @()
    $Session.Row = $null
    $rows = Get-ConnectionRows
    if ($Edition -ne 'exchange-online') {
        # Where nothing says which module is the right one, all cmdlets must be in one.
        $Session.Foreign = @(foreach ($row in $rows) { Get-RowModule $row })
        if ($Session.Foreign -contains '') { throw "this session is also connected with Exchange Online, and the connection does not say which cmdlets are its own: disconnect it, and use the Exchange Management Shell" }
        return
    }
    if ($rows.Count -ne 1) {
        $found = @(foreach ($row in $rows) { "$(Get-RowText $row 'UserPrincipalName') $(Get-RowText $row 'Organization') ($(Get-RowText $row 'TokenStatus'))".Trim() })
        throw ("expected exactly one active connection, found $($rows.Count)" +
            $(if ($rows.Count -eq 0) { ': connect first, or use -Connect' } else { ": $($found -join ', '); disconnect all but one, it is not clear which one a cmdlet would use" }))
    }
    $row = $rows[0]
    $prefix = Get-RowText $row 'ModulePrefix'
    if ($prefix) { throw "the cmdlets of the connection have the prefix $prefix, and those without it may belong to another organization: connect again without -Prefix" }
    $module = Get-RowModule $row
    if ($module) { $Session.Module = $module }
    elseif (-not $Session.Doubtful) {
        $Session.Doubtful = $true
        Show-Warning 'the connection does not say which module its cmdlets are in: all must be in one, and the organization settings are compared'
    }
    $Session.Row = $row
}

function Get-Organization {
    # The organization that the connection is made to: with delegated access the one that it was asked for.
    $delegated = Get-RowText $Session.Row 'DelegatedOrganization'
    if ($delegated) { return $delegated }
    return (Get-RowText $Session.Row 'Organization')
}

function Connect-Exchange([string]$Edition, [string[]]$Commands) {
    if ($Edition -ne 'exchange-online') {
        throw "-Connect is for Exchange Online; for $Edition run this script in the Exchange Management Shell of a server"
    }
    $Session.Edition = $Edition
    Microsoft.PowerShell.Core\Import-Module -Name ExchangeOnlineManagement -MinimumVersion $OldestModule
    if ((Get-ConnectionRows).Count -gt 0) { throw 'this session is connected already; run without -Connect, or disconnect first' }
    $connect = Get-ConnectionCommand 'Connect-ExchangeOnline'
    if ($null -eq $connect) { throw 'this session does not offer Connect-ExchangeOnline' }
    $names = [string[]]@([System.Collections.Generic.HashSet[string]]::new($Commands, [System.StringComparer]::OrdinalIgnoreCase))
    [System.Array]::Sort($names, [System.StringComparer]::Ordinal)
    try { $null = & $connect -CommandName $names -ShowBanner:$false -ErrorAction Stop }
    finally {
        # Also of a connection that was made by half.
        $Session.Opened = @(foreach ($row in (Get-ConnectionRows)) { Get-RowText $row 'ConnectionId' })
    }
}

function Close-Session {
    # Closes what -Connect opened and nothing else: without an id, Disconnect-ExchangeOnline closes every connection.
    if ($Session.Opened.Count -eq 0) { return }
    try {
        $disconnect = Get-ConnectionCommand 'Disconnect-ExchangeOnline'
        foreach ($id in $Session.Opened) {
            if ($id) { $null = & $disconnect -ConnectionId $id -Confirm:$false }
            else { Show-Warning 'the connection that was opened does not say its id, and stays open' }
        }
    }
    catch { Show-Warning "the connection could not be closed: $($_.Exception.Message)" }
}

function Get-DirectoryScope([bool]$Hide) {
    # Why a session of a server does not see all recipients; empty where it does. By default it sees those of one domain.
    # Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-adserversettings
    if ($Session.Edition -eq 'exchange-online') { return '' }
    $remedy = 'run Set-ADServerSettings -ViewEntireForest $true'
    $why = 'this session does not offer Get-ADServerSettings'
    if (Test-Command 'Get-ADServerSettings') {
        try {
            $found = Invoke-Read 'Get-ADServerSettings'
            $why = "Get-ADServerSettings shows $($found.Count) objects"
            if ($found.Count -eq 1) {
                $entire = ConvertTo-Text (Get-Value $found[0] 'ViewEntireForest')
                $root = ConvertTo-Text (Get-Value $found[0] 'RecipientViewRoot')
                if ($entire -eq 'True' -and -not $root) { return '' }
                if ($Hide -and $root) { $root = 'a part of the directory' }
                $why = 'Get-ADServerSettings does not show ViewEntireForest'
                if ($entire) { return "this session sees the recipients of $(if ($root) { $root } else { 'one domain' }) and not of the entire forest: $remedy" }
            }
        }
        catch { $why = if ($Hide) { 'Get-ADServerSettings failed' } else { $_.Exception.Message } }
    }
    return "not known whether this session sees the recipients of the entire forest ($why): $remedy"
}

function Assert-Session([hashtable]$Needs) {
    # Each cmdlet that is needed, with its parameters that are needed.
    $names = [string[]]@($Needs.Keys)
    [System.Array]::Sort($names, [System.StringComparer]::Ordinal)
    $missing = foreach ($cmdlet in $names) {
        if (-not (Test-Command $cmdlet)) { $cmdlet; continue }
        $parameters = [string[]]@($Needs[$cmdlet].Keys)
        [System.Array]::Sort($parameters, [System.StringComparer]::Ordinal)
        foreach ($name in $parameters) { if (-not (Test-Parameter $cmdlet $name)) { "$cmdlet -$name" } }
    }
    if ($missing) { throw "this session does not offer what is needed (no connection, or not the roles): $(@($missing) -join ', ')" }
}

# ---- the end -----------------------------------------------------------------------------------------------------------

function Write-FinalError($Failure) {
    # An error record of this script, without the stack trace that an uncaught one would print.
    $script:ErrorActionPreference = 'Continue'
    $message = ConvertTo-Line $Failure.Exception.Message
    if ($Given.ContainsKey('ErrorAction') -and "$($Given['ErrorAction'])" -in 'SilentlyContinue', 'Ignore') { Show-Line $message }
    $exception = [System.InvalidOperationException]::new($message)
    $Caller.WriteError([System.Management.Automation.ErrorRecord]::new($exception, 'policylint', 'InvalidOperation', $null))
}

# What these scripts need of PowerShell is written as methods and operators, which no alias or function of a session can take
# the place of. An alias with the name of a function of this script would.
foreach ($function in $MyInvocation.MyCommand.ScriptBlock.Ast.EndBlock.Statements) {
    if ($function -isnot [System.Management.Automation.Language.FunctionDefinitionAst]) { continue }
    if (-not $ExecutionContext.InvokeProvider.Item.Exists('Alias:\' + $function.Name)) { continue }
    Write-FinalError @{ Exception = @{ Message = "this session has an alias $($function.Name), which hides a function of this script: remove it, or use a session without a profile" } }
    exit 1
}
# The sections that the edition has, by name; and what is a list, also where a session shows one element as itself or none as null.
$Sections = @{}
$ListProperties = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
foreach ($row in $Export['sections']) {
    $Sections[$row['name']] = $row
    foreach ($name in $row['lists']) { [void]$ListProperties.Add($name) }
    # By these names the objects of a section are shown in a redacted file too.
    $row['staying'] = @(foreach ($name in 'Name', 'BehaviorType') { if ($row['properties'] -ccontains $name -and ($row['personal'] + $row['paths']) -cnotcontains $name) { $name } })
}
$MailboxKeys = 'Identity', 'DistinguishedName', 'Guid', 'Name', 'ExternalDirectoryObjectId', 'Alias'
$ParentPattern = [regex]'^[^,\\]*(?:\\.[^,\\]*)*,[^,\\]*(?:\\.[^,\\]*)*,(.+)$'
$DevicePattern = ConvertTo-Pattern '^(.+)[\\/]ExchangeActiveSyncDevices[\\/]'
$ChunkSize = 65536
# How often a section is read from its start because the reading broke, before its devices are read mailbox by mailbox.
$MaximumReadings = 3
# What a server says when the pages of a reading were not fetched in time; another reading may be as slow.
$PageExpired = ConvertTo-Pattern 'pagination'
# The cmdlets of Exchange that this script may call.
$MayCall = @(
    'Get-ActiveSyncOrganizationSettings', 'Get-ActiveSyncDeviceAccessRule', 'Get-MobileDeviceMailboxPolicy', 'Get-CASMailbox', 'Get-CASMailboxPlan',
    'Get-ActiveSyncDeviceAutoblockThreshold', 'Get-MobileDevice', 'Get-MobileDeviceStatistics', 'Get-OrganizationConfig', 'Get-ADServerSettings'
)
# A cmdlet, whatever an alias or a function of this name is.
$FromJson = $ExecutionContext.InvokeCommand.GetCmdlet('ConvertFrom-Json')

# What is known across the sections: whose device it is, and which mailboxes are held to a policy. Scope is why this session
# does not see all mailboxes, More what Exchange said of objects that it left out; both empty where there is nothing to say.
# Instead is whether devices are read mailbox by mailbox, Unread how many mailboxes were not found or not read.
$Known = @{
    Mailboxes = [System.Collections.Generic.List[object]]::new(); Policies = [System.Collections.Generic.List[object]]::new()
    Owners = @{}; Held = [System.Collections.Generic.List[object]]::new(); Statistics = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
    ByMailbox = [System.Collections.Generic.List[object]]::new(); Counts = [ordered]@{}; Complete = [ordered]@{}; Scope = ''; More = ''
    Instead = $false; Unread = @{ missing = 0; other = 0 }
}
foreach ($key in $MailboxKeys) { $Known.Owners[$key] = [System.Collections.Generic.Dictionary[string, string]]::new([System.StringComparer]::OrdinalIgnoreCase) }

# The file being written: its bytes are hashed on the way out, a chunk at a time; once as a whole, once by section.
$Output = @{ Stream = $null; Hash = (Get-Sha256); SectionHash = (Get-Sha256); Text = [System.Text.StringBuilder]::new(); Start = [long]0; Kept = $null; Failed = $false }
# The key of the pseudonyms is random and forgotten with this run. Staying are the names that a redacted file shows.
$Pseudonyms = @{ Key = [byte[]]::new(64); Hash = (Get-Sha256); Staying = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase) }
$Progress.Activity = 'policylint export'

# ---- the members of an object: pure ASCII, on one line -----------------------------------------------------------------

function ConvertTo-Members([string]$Section, $Object) {
    # The members of the JSON object of a live one: the properties that this export names, in its order; one that the live
    # object does not have is left out, or null where it comes from statistics. Called a million times, so the common cases are
    # decided here and not in functions.
    $bag = $null
    $shown = $false
    if ($Object -isnot [System.Collections.IDictionary]) { $bag = $Object.PSObject.Properties }
    $members = [System.Text.StringBuilder]::new(1024)
    foreach ($name in $Sections[$Section]['properties']) {
        if ($null -ne $bag) {
            $property = $bag[$name]
            if ($null -ne $property) { $value = $property.Value; $shown = $true }
            elseif ($name -in $Sections[$Section]['statistics']) { $value = $null }
            else { continue }
        }
        elseif ($Object.Contains($name)) { $value = $Object[$name]; $shown = $true }
        elseif ($name -in $Sections[$Section]['statistics']) { $value = $null }
        else { continue }
        if ($ListProperties.Contains($name)) { $value = ConvertTo-TextList $value }
        elseif ($null -ne $value -and $value -isnot [string] -and $value -isnot [bool]) { $value = ConvertTo-PlainValue $value }
        if ($Redact) {
            if ($Sections[$Section]['personal'] -ccontains $name) { $value = Hide-Value $value }
            elseif ($Sections[$Section]['paths'] -ccontains $name) { $value = Hide-Path $value }
        }
        [void]$members.Append($(if ($members.Length -gt 0) { ', "' } else { '"' })).Append($name).Append('": ')
        if ($null -eq $value) { [void]$members.Append('null') }
        elseif ($value -is [bool]) { [void]$members.Append($(if ($value) { '"True"' } else { '"False"' })) }
        elseif ($value -is [string] -and $value -cnotmatch $NeedsEscape) { [void]$members.Append('"').Append($value).Append('"') }
        else { [void]$members.Append((ConvertTo-JsonText $value)) }
    }
    # A text, for example, that something wrote among the objects.
    if (-not $shown) { throw "$($Sections[$Section]['cmdlet']) showed something that has no property of $Section`: an object of type $($Object.GetType().Name)" }
    return $members.ToString()
}

# ---- the file ----------------------------------------------------------------------------------------------------------

function Open-Files([string]$Target, [string]$Partial) {
    # Before anything is read: a file that cannot be written must not be found out after hours.
    $folder = [System.IO.Path]::GetDirectoryName($Target)
    foreach ($file in $Target, $Partial) { if (-not $folder -or [System.IO.Directory]::Exists($file)) { throw "-Path must name a file, and this is a folder: $file" } }
    if (-not [System.IO.Directory]::Exists($folder)) { throw "the folder of -Path does not exist: $folder" }
    if ([System.IO.File]::Exists($Target) -and ([System.IO.File]::GetAttributes($Target) -band [System.IO.FileAttributes]::ReadOnly)) { throw "the file of -Path is read-only: $Target" }
    # Held open until the end, so that no other run writes it.
    try { $Output.Stream = [System.IO.FileStream]::new($Partial, 'OpenOrCreate', 'ReadWrite', 'None') }
    catch { throw "cannot write $Partial`: $($_.Exception.GetBaseException().Message)" }
}

function Close-Files([string]$Partial) {
    # Also reached by Ctrl-C. What was read so far stays for -Resume; a file that holds nothing does not.
    if ($null -ne $Output.Kept) { $Output.Kept.Dispose() }
    if ($null -eq $Output.Stream) { return }
    if (-not $Output.Failed) {
        try { Write-Chunk }
        catch { Show-Warning "not all of what was read could be kept: $($_.Exception.GetBaseException().Message)" }
    }
    $empty = $Output.Stream.Length -eq 0
    $Output.Stream.Dispose()
    $Output.Stream = $null
    if ($empty) { [System.IO.File]::Delete($Partial) }
}

function Write-Text([string]$Text) {
    [void]$Output.Text.Append($Text)
    if ($Output.Text.Length -ge $ChunkSize) { Write-Chunk }
}

function Write-Chunk {
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($Output.Text.ToString())
    [void]$Output.Text.Clear()
    [void]$Output.Hash.TransformBlock($bytes, 0, $bytes.Length, $null, 0)
    [void]$Output.SectionHash.TransformBlock($bytes, 0, $bytes.Length, $null, 0)
    try {
        $Output.Stream.Write($bytes, 0, $bytes.Length)
        $Output.Stream.Flush()
    }
    catch {
        # A full disk is no failure of Exchange: reading again would not help.
        $Output.Failed = $true
        throw
    }
}

function Undo-Text([long]$Length) {
    # Takes back what was written after that length.
    [void]$Output.Text.Clear()
    $Output.Stream.SetLength($Length)
    $Output.Stream.Position = 0
    $Output.Hash = Get-Sha256
    $Output.SectionHash = Get-Sha256
    $Output.Start = $Length
    $buffer = [byte[]]::new($ChunkSize)
    while (($count = $Output.Stream.Read($buffer, 0, $buffer.Length)) -gt 0) { [void]$Output.Hash.TransformBlock($buffer, 0, $count, $null, 0) }
}

function Complete-Part([string]$Section) {
    # The header or a section is whole: notes beside the partial file how long that is now, and the hash of this part.
    Write-Chunk
    [void]$Output.SectionHash.TransformFinalBlock([byte[]]::new(0), 0, 0)
    $note = [ordered]@{ section = $Section; length = $Output.Stream.Length; sha256 = (ConvertTo-Hex $Output.SectionHash.Hash) }
    if ($Section -ne 'header') { $note['complete'] = $Known.Complete[$Section] }
    if ($Section -eq 'header') { $note['layout'] = Get-Layout }
    if ($Section -eq 'devices') { $note['statistics'] = $Statistics }
    $Output.SectionHash = Get-Sha256
    $Output.Start = $Output.Stream.Length
    Write-Note $Output.Kept $note
}

function Get-Layout {
    # What this script reads of each object: lines of another one are not to be mixed with its own. As lists, because the order
    # of the keys of a hashtable differs between two processes.
    $rows = foreach ($row in $Export['sections']) { , (@($row['name'], $row['cmdlet']) + $row['properties'] + $row['lists'] + $row['statistics']) }
    return (Get-HashOfText (ConvertTo-JsonText @($rows)))
}

function Get-HashOfText([string]$Text) { return (ConvertTo-Hex $Pseudonyms.Hash.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($Text))) }

function Write-Note($Writer, $Note) {
    # One line with its own hash, so that one that was cut or glued to another is found out. None with -Redact: it starts over.
    if ($null -eq $Writer) { return }
    $text = ConvertTo-JsonText $Note
    $Writer.Write((Get-HashOfText $text) + ' ' + $text + "`n")
}

function Read-Notes([string]$File) {
    # The notes of an earlier run, up to the first one that is damaged.
    $notes = [System.Collections.Generic.List[object]]::new()
    if (-not [System.IO.File]::Exists($File)) { return , $notes }
    foreach ($line in [System.IO.File]::ReadAllLines($File)) {
        if ($line.Length -lt 66 -or $line.Substring(0, 64) -cne (Get-HashOfText $line.Substring(65))) { break }
        $notes.Add(@{ Line = $line; Values = (& $FromJson -InputObject $line.Substring(65)) })
    }
    return , $notes
}

function Open-Partial([string]$Partial) {
    # Returns the sections that are in the partial file already; without -Resume there are none.
    $header = Get-Header
    $kept = @{ Sections = @(); Length = [long]0; Lines = @() }
    if ($Resume -and $Output.Stream.Length -gt 0) {
        if ($Redact) { Show-Warning 'pseudonyms hold for one run, so a redacted export starts over' }
        else { $kept = Read-Partial $Partial $header }
    }
    Undo-Text $kept.Length
    $notes = $Partial + '.kept'
    if ($Redact) { [System.IO.File]::Delete($notes) }
    else {
        [System.IO.File]::WriteAllLines($notes, [string[]]$kept.Lines, [System.Text.Encoding]::ASCII)
        $Output.Kept = [System.IO.StreamWriter]::new($notes, $true, [System.Text.Encoding]::ASCII)
        $Output.Kept.AutoFlush = $true
    }
    if ($kept.Length -eq 0) {
        Write-Text ('{"header": ' + (ConvertTo-JsonText $header) + ",`n")
        Complete-Part 'header'
    }
    return , $kept.Sections
}

function Get-Header {
    $identity = Get-Identity
    foreach ($name in 'Tenant', 'Organization', 'Guid') { if ($Redact) { $identity[$name] = Hide-Value $identity[$name] } }
    return [ordered]@{
        format = 'policylint-snapshot/1'; tool = $Export['tool']; edition = $Export['edition']; tenant = $identity.Tenant; organization = $identity.Organization
        organizationGuid = $identity.Guid; takenAt = (ConvertTo-Text ([datetime]::UtcNow)); redacted = [bool]$Redact
    }
}

function Read-Partial([string]$Partial, $Header) {
    # The sections that are as an earlier run wrote them, and what the later ones need of them. Content counts only as far as
    # the notes beside the file have its hash.
    $kept = @{ Sections = @(); Length = [long]0; Lines = [System.Collections.Generic.List[string]]::new() }
    $file = $Output.Stream
    $begin = [byte[]]::new([Math]::Min($file.Length, $ChunkSize))
    $file.Position = 0
    $count = $file.Read($begin, 0, $begin.Length)
    $first = [System.Text.Encoding]::ASCII.GetString($begin, 0, $count).Split("`n")[0]
    if ($first -cmatch '^\{"header": \{.*\},$') { Assert-SameHeader $first $Header }
    foreach ($note in (Read-Notes ($Partial + '.kept'))) {
        $values = $note.Values
        if (Test-Value $values 'devices') {
            if ('mailboxes' -cnotin $kept.Sections) { break }
            $Known.ByMailbox.Add($values)
            $kept.Lines.Add($note.Line)
            continue
        }
        $section = $values.section
        if ($section -eq 'header' -and $values.layout -cne (Get-Layout)) { break }
        if ($section -eq 'devices' -and $values.statistics -ne $Statistics) { break }
        if ((Read-Part $section $kept.Length $values.length) -cne $values.sha256) {
            if ($section -cnotin 'header', 'organization') { Clear-Known $section; $Known.Counts.Remove($section) }
            break
        }
        $kept.Length = $values.length
        $kept.Lines.Add($note.Line)
        if ($section -eq 'header') { continue }
        $kept.Sections += $section
        $Known.Complete[$section] = $values.complete
    }
    if ($kept.Length -eq 0) { Show-Warning 'the .partial file holds nothing that can be gone on with: the export starts over' }
    elseif ($file.Length -gt $kept.Length) { Show-Detail "what the .partial file holds after its first $($kept.Length) bytes is read again" }
    return $kept
}

function Read-Part([string]$Section, [long]$From, [long]$To) {
    # Takes what the later sections need of the lines between two places of the partial file; returns the hash of that part, or
    # nothing where the file does not have it.
    $file = $Output.Stream
    if ($To -le $From -or $To -gt $file.Length) { return '' }
    $hash = Get-Sha256
    $buffer = [byte[]]::new($ChunkSize)
    $left = ''
    if ($Section -cnotin 'header', 'organization') { $Known.Counts[$Section] = 0 }
    $file.Position = $From
    while ($From -lt $To) {
        $count = $file.Read($buffer, 0, [int][Math]::Min($buffer.Length, $To - $From))
        if ($count -eq 0) { return '' }
        $From += $count
        [void]$hash.TransformBlock($buffer, 0, $count, $null, 0)
        if ($Section -cin 'header', 'organization') { continue }
        $lines = ($left + [System.Text.Encoding]::ASCII.GetString($buffer, 0, $count)).Split("`n")
        $left = $lines[-1]
        for ($index = 0; $index -lt $lines.Count - 1; $index++) { if ($lines[$index].StartsWith('{')) { Add-KnownLine $Section $lines[$index] } }
    }
    [void]$hash.TransformFinalBlock([byte[]]::new(0), 0, 0)
    return (ConvertTo-Hex $hash.Hash)
}

function Assert-SameHeader([string]$Line, $Header) {
    # All but the time must be as this run would write it; the time of the first reading stays.
    try { $found = & $FromJson -InputObject ($Line.TrimEnd(',') + '}') }
    catch { return }
    foreach ($name in 'format', 'tool', 'edition', 'tenant', 'organization', 'organizationGuid', 'redacted') {
        if (-not (Test-SameText (ConvertTo-Text (Get-Value $found.header $name)) (ConvertTo-Text $Header[$name]))) {
            throw "the .partial file was begun with another $name; delete it or leave out -Resume"
        }
    }
}

function Add-KnownLine([string]$Section, [string]$Line) {
    $Known.Counts[$Section]++
    if ($Section -notin 'mobileDeviceMailboxPolicies', 'mailboxes') { return }
    try { Add-Known $Section (& $FromJson -InputObject $Line.TrimEnd(',')) }
    catch { Show-Detail 'a line of the .partial file is damaged' }
}

function Clear-Known([string]$Section) {
    # Forgets what was taken from a section that will be read again.
    $Known.Counts[$Section] = 0
    $Known.More = ''
    if ($Section -eq 'mailboxes') { $Known.Mailboxes.Clear(); foreach ($key in $MailboxKeys) { $Known.Owners[$key].Clear() } }
    if ($Section -eq 'mobileDeviceMailboxPolicies') { $Known.Policies.Clear() }
    if ($Section -eq 'devices') { $Known.Held.Clear(); $Known.Instead = $false; $Known.Unread = @{ missing = 0; other = 0 } }
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
    $complete = [ordered]@{}
    foreach ($section in @('organization') + @($Known.Counts.Keys)) { $complete[$section] = $Known.Complete[$section] }
    $seal = '{"counts": ' + (ConvertTo-JsonText $Known.Counts) + ', "complete": ' + (ConvertTo-JsonText $complete) + ', "sha256": "' + (ConvertTo-Hex $Output.Hash.Hash) + '"}'
    $bytes = [System.Text.Encoding]::ASCII.GetBytes('"seal": ' + $seal + "`n}`n")
    $Output.Stream.Write($bytes, 0, $bytes.Length)
    $Output.Stream.Flush($true)
    $Output.Stream.Dispose()
    $Output.Stream = $null
    if (-not [System.IO.File]::Exists($Target)) {
        try { [System.IO.File]::Move($Partial, $Target); return }
        catch { throw "everything was read, and the sealed file is $Partial`: it could not be named $Target ($($_.Exception.GetBaseException().Message)); rename it" }
    }
    try { [System.IO.File]::Replace($Partial, $Target, [NullString]::Value) }
    catch { Move-Over $Partial $Target }
}

function Move-Over([string]$Partial, [string]$Target) {
    # Not every file system replaces a file in one step. At each moment both files have a name.
    $aside = $Target + '.old-' + [guid]::NewGuid().ToString('N')
    try {
        [System.IO.File]::Move($Target, $aside)
        try { [System.IO.File]::Move($Partial, $Target) }
        catch {
            [System.IO.File]::Move($aside, $Target)
            throw
        }
    }
    catch {
        $old = if ([System.IO.File]::Exists($aside)) { $aside } else { $Target }
        throw "everything was read, and the sealed file is $Partial`: it could not take the place of $old ($($_.Exception.GetBaseException().Message)); move that one away, and rename the sealed file"
    }
    try { [System.IO.File]::Delete($aside) }
    catch { Show-Warning "the file of before is left as $aside" }
}

# ---- which organization ------------------------------------------------------------------------------------------------

function Get-Identity {
    $identity = @{ Tenant = $null; Organization = $null; Guid = $null }
    $identity.Tenant = ConvertTo-Null (Get-RowText $Session.Row 'TenantID')
    $identity.Organization = ConvertTo-Null (Get-Organization)
    if ($null -eq $identity.Organization -and (Test-Command 'Get-OrganizationConfig')) {
        $configuration = Invoke-Read 'Get-OrganizationConfig'
        if ($configuration.Count -eq 1) { $identity.Organization = ConvertTo-Null (Get-Value $configuration[0] 'Name') }
    }
    $identity.Guid = ConvertTo-Null (Get-Value (Read-OrganizationSettings) 'Guid')
    return $identity
}

function ConvertTo-Null($Value) {
    $text = ConvertTo-Text $Value
    if ($text) { return $text }
    return $null
}

# ---- sections ----------------------------------------------------------------------------------------------------------

function Write-Section([string]$Section, [string]$Command, [hashtable]$Parameters = @{}) {
    # Streams: each object becomes its line before the next one is taken from the pipeline. A reading that breaks after some
    # objects counts for nothing: what it gave is taken back, and the section is read from its start.
    Show-Detail "reading $Section"
    Open-Progress
    if ($Section -eq 'devices' -and $Known.ByMailbox.Count -gt 0) { Clear-Known $Section; Write-DevicesByMailbox; Complete-Section $Section $Command; return }
    for ($attempt = 1; ; $attempt++) {
        Clear-Known $Section
        Write-Text ('"' + $Section + '": [')
        try {
            Invoke-Cmdlet $Command $Parameters { param($object) Write-Object $Section $object }
            Add-MoreResults
            if ($Section -eq 'devices') { Write-HeldDevices }
            break
        }
        catch {
            if ($Output.Failed) { throw }
            $seen = $Known.Counts[$Section] + $Known.Held.Count
            $expired = $PageExpired.IsMatch($_.Exception.Message)
            $again = if ($seen -gt 0 -or $expired) { $attempt -lt $MaximumReadings -and ($expired -or (Test-Again $_ $attempt)) } else { Test-Again $_ $attempt }
            $instead = $Section -eq 'devices' -and ($seen -gt 0 -or $expired -or (Get-FailureKind $_) -eq 'passing') -and (Test-Parameter $Command 'Mailbox')
            Undo-Text $Output.Start
            Clear-Known $Section
            if (-not $again -and -not $instead) { throw }
            if ($seen -gt 0) { Show-Warning "the reading of $Section broke after $seen objects, which are read again" }
            if ($again) { Wait-BeforeRetry $attempt $_; continue }
            Show-Warning "devices cannot be read as a whole: $($_.Exception.Message)"
            Write-DevicesByMailbox
            break
        }
    }
    Complete-Section $Section $Command
}

function Complete-Section([string]$Section, [string]$Command) {
    Write-Text "`n],`n"
    $Known.Complete[$Section] = Get-Completeness $Section $Command
    if ($Known.Complete[$Section] -isnot [bool]) { Show-Warning "$Section is not whole: $($Known.Complete[$Section])" }
    Complete-Part $Section
    Close-Progress
}

function Write-OptionalSection([string]$Section, [string]$Command) {
    # Left out where it cannot be read, and so never taken for empty. Read whole first: these are few objects.
    if (-not (Test-Command $Command)) { Show-Warning "$Section is left out: this session does not offer $Command"; return }
    try { $found = Invoke-Read $Command (Get-Unlimited $Command) }
    catch { Show-Warning "$Section is left out: $($_.Exception.Message)"; return }
    Clear-Known $Section
    Write-Text ('"' + $Section + '": [')
    foreach ($object in $found) { Write-Object $Section $object }
    Complete-Section $Section $Command
}

function Get-Completeness([string]$Section, [string]$Command) {
    # True, or why objects may be missing.
    $reasons = @()
    if ($Known.More) { $reasons += "$Command said: $(if ($Redact) { 'there are more results' } else { $Known.More })" }
    if ($Section -in 'mailboxes', 'devices') { $reasons += Get-ReasonsOfScope $Section $Command }
    if ($reasons.Count -eq 0) { return $true }
    return ($reasons -join '; ')
}

function Get-ReasonsOfScope([string]$Section, [string]$Command) {
    if ($Known.Counts[$Section] -eq 1000 -and -not (Test-Parameter $Command 'ResultSize')) { "exactly 1000 objects, and $Command offers no -ResultSize here" }
    if ($Section -eq 'devices') {
        if ($Known.Unread.missing -gt 0) { "$(Get-Number $Known.Unread.missing 'mailbox' 'es') not found when asked for devices" }
        if ($Known.Unread.other -gt 0) { "the devices of $(Get-Number $Known.Unread.other 'mailbox' 'es') could not be read" }
        # Devices are asked for of those mailboxes only that are known.
        $mailboxes = $Known.Complete['mailboxes']
        if ($Known.Instead -and $mailboxes -isnot [bool] -and $mailboxes -cne $Known.Scope) { "read by mailbox, and mailboxes is not whole: $mailboxes" }
    }
    if ($Known.Scope) { $Known.Scope }
}

function Add-MoreResults {
    # Keeps what the last reading said of objects that it left out.
    foreach ($warning in $Session.Warnings) { if ($MoreResults.IsMatch($warning)) { $Known.More = $warning } }
}

function Write-Object([string]$Section, $Object) {
    if ($Redact) { Add-StayingNames $Section $Object }
    $members = ConvertTo-Members $Section $Object
    if ($Section -eq 'devices') { Write-Device $Object $members; return }
    Add-Known $Section $Object
    Write-Row $Section ('{' + $members + '}')
    if (($Known.Counts[$Section] -band 255) -eq 0) { Show-Progress $Section $Known.Counts[$Section] 0 }
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
    if ($null -eq $owner) {
        $Known.Held.Add(@{ Key = (Get-HeldKey $Object); Guid = $guid; Id = $id; Members = $Members })
        if (($Known.Held.Count -band 255) -eq 0) { Show-Progress 'devices' ($Known.Counts['devices'] + $Known.Held.Count) 0 }
        return
    }
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
    if (($Known.Counts['devices'] -band 255) -eq 0) { Show-Progress 'devices' $Known.Counts['devices'] 0 }
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
    # What no other device has; or else the empty text.
    foreach ($name in 'Guid', 'Identity') {
        $text = ConvertTo-Text (Get-Value $Object $name)
        if ($text) { return $text.ToUpperInvariant() }
    }
    return ''
}

function Get-HeldKey($Object) {
    $key = Get-DeviceKey $Object
    if ($key) { return $key }
    return (ConvertTo-Text (Get-Value $Object 'DeviceId')).ToUpperInvariant()
}

function Find-Owner($Object) {
    # A device stands two levels below its mailbox: CN=device,CN=ExchangeActiveSyncDevices,CN=mailbox,... A comma in a name is escaped.
    $name = ConvertTo-Text (Get-Value $Object 'DistinguishedName')
    $owner = ''
    if ($name -cmatch $ParentPattern -and $Known.Owners['DistinguishedName'].TryGetValue($Matches[1], [ref]$owner) -and $owner) { return $owner }
    $identity = ConvertTo-Text (Get-Value $Object 'Identity')
    $match = $DevicePattern.Match($identity)
    if (-not $match.Success) { return $null }
    $left = $match.Groups[1].Value
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
    if ($missing -gt 0 -and (Test-Parameter 'Get-MobileDevice' 'Mailbox')) {
        $held = @{}
        foreach ($device in $Known.Held) { $held[$device.Key] = 1 + $held[$device.Key] }
        foreach ($mailbox in $Known.Mailboxes) {
            if ($missing -le 0) { break }
            if ($mailbox['HasActiveSyncDevicePartnership'] -eq 'False') { continue }
            foreach ($device in (Read-OfMailbox 'Get-MobileDevice' $mailbox)) {
                $key = Get-HeldKey $device
                # What two devices share says nothing about the owner.
                if ($held[$key] -eq 1 -and -not $owners.ContainsKey($key)) { $owners[$key] = $mailbox['Address']; $missing-- }
            }
        }
    }
    foreach ($device in $Known.Held) { Write-OwnedDevice $owners[$device.Key] $device }
    if ($missing -gt 0) { Show-Warning "$(Get-Number $missing 'device') without a mailbox that this session shows" }
    # A mailbox that could not be asked is no lack where every owner was found.
    else { $Known.Unread = @{ missing = 0; other = 0 } }
}

function Write-DevicesByMailbox {
    # One call a mailbox instead of one long reading. What was read is kept, and -Resume goes on after it.
    $count = $Known.Mailboxes.Count
    $Known.Instead = $true
    Show-Line "devices: one call of Get-MobileDevice for each of $(Get-Number $count 'mailbox' 'es') instead; devices that belong to no mailbox are not among them"
    Write-Text '"devices": ['
    $read = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    $seen = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($note in $Known.ByMailbox) {
        [void]$read.Add($note.devices)
        foreach ($device in $note.rows) {
            if (-not $device.Key -or $seen.Add($device.Key)) { Write-OwnedDevice $device.Owner @{ Guid = $device.Guid; Id = $device.Id; Members = $device.Members } }
        }
    }
    $options = Get-Unlimited 'Get-MobileDevice'
    $done = $read.Count
    foreach ($mailbox in $Known.Mailboxes) {
        if (-not $read.Add($mailbox['Address'])) { continue }
        $found = Read-OfMailbox 'Get-MobileDevice' $mailbox $options
        if ($null -ne $found) {
            $rows = @(foreach ($object in $found) { Get-KeptDevice $object $mailbox })
            Write-Note $Output.Kept ([ordered]@{ devices = $mailbox['Address']; rows = $rows })
            foreach ($row in $rows) { if (-not $row['Key'] -or $seen.Add($row['Key'])) { Write-OwnedDevice $row['Owner'] $row } }
        }
        $done++
        Show-Progress 'devices, mailbox by mailbox' $done $count
        if ($done % 100 -eq 0) { Show-Line "devices: $done of $(Get-Number $count 'mailbox' 'es')$(Get-TimeLeft $done $count)" }
    }
}

function Get-KeptDevice($Object, $Mailbox) {
    # The owner is whose it is by its own names, else the mailbox that was asked.
    $owner = Find-Owner $Object
    return [ordered]@{
        Key = (Get-DeviceKey $Object); Guid = (ConvertTo-Text (Get-Value $Object 'Guid')); Id = (ConvertTo-Text (Get-Value $Object 'DeviceId'))
        Owner = $(if ($null -eq $owner) { $Mailbox['Address'] } else { $owner }); Members = (ConvertTo-Members 'devices' $Object)
    }
}

function Read-OfMailbox([string]$Command, $Mailbox, [hashtable]$Options = @{}) {
    # What a command shows of one mailbox. One that cannot be read costs what is its own, not the export, and null is returned;
    # but where the session is lost, the next call fails too, and that ends the run.
    $failure = $null
    $names = [string[]]@(foreach ($name in $Mailbox['Guid'], $Mailbox['Address']) { if ($name) { $name } })
    if ($names.Count -eq 0) {
        $Known.Unread.other++
        Show-Warning "$Command was not called for a mailbox that shows no Guid, address or Identity"
        return
    }
    foreach ($name in $names) {
        try { return , (Invoke-Read $Command ($Options + @{ Mailbox = $name })) }
        catch { $failure = $_ }
        if ((Get-FailureKind $failure) -ne 'missing') { break }
    }
    $null = Read-OrganizationSettings
    $kind = if ((Get-FailureKind $failure) -eq 'missing') { 'missing' } else { 'other' }
    $Known.Unread[$kind]++
    Show-Warning "$Command failed for $(if ($Redact) { 'one mailbox' } else { $Mailbox['Address'] }): $($failure.Exception.Message)"
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
    $number = Get-Number $left.Count 'mailbox' 'es'
    Show-Line "statistics: one call of Get-MobileDeviceStatistics for each of $number; -Statistics None leaves them out$(if (-not $Redact) { ', -Resume goes on where a run stopped' })"
    if ($Redact) { Show-Line 'statistics: with -Redact nothing is kept of them, so a run that stops begins anew' }
    Open-Progress
    $writer = if ($Redact) { $null } else { [System.IO.StreamWriter]::new($File, $true, [System.Text.Encoding]::ASCII) }
    try {
        if ($null -ne $writer) { $writer.AutoFlush = $true }
        $done = 0
        foreach ($mailbox in $left) {
            $rows = Read-OfMailbox 'Get-MobileDeviceStatistics' $mailbox
            if ($null -ne $rows) {
                $kept = @(foreach ($row in $rows) { Get-KeptStatistics $row })
                Add-Statistics $mailbox['Address'] $kept
                Write-Note $writer ([ordered]@{ mailbox = $mailbox['Address']; rows = $kept })
            }
            $done++
            Show-Progress 'statistics' $done $left.Count
            if ($done % 100 -eq 0) { Show-Line "statistics: $done of $number$(Get-TimeLeft $done $left.Count)" }
        }
        Close-Progress
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
    # The mailboxes whose statistics an earlier run read.
    $read = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    if (-not [System.IO.File]::Exists($File)) { return , $read }
    $notes = Read-Notes $File
    foreach ($note in $notes) {
        [void]$read.Add($note.Values.mailbox)
        Add-Statistics $note.Values.mailbox $note.Values.rows
    }
    [System.IO.File]::WriteAllLines($File, [string[]]@(foreach ($note in $notes) { $note.Line }), [System.Text.Encoding]::ASCII)
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
    $default = $strict.Overlaps([string[]]@(foreach ($name in $defaults) { if ($name) { $name } }))
    $declared = Get-DeclaredPolicies
    $found = [System.Collections.Generic.List[object]]::new()
    foreach ($mailbox in $Known.Mailboxes) {
        if ($mailbox['HasActiveSyncDevicePartnership'] -eq 'False') { continue }
        $policy = if ($mailbox['ActiveSyncMailboxPolicyIsDefaulted'] -eq 'True') { '' } else { $mailbox['ActiveSyncMailboxPolicy'] }
        $governed = @($policy) + @(if ($declared.ContainsKey($mailbox['Address'])) { $declared[$mailbox['Address']] })
        foreach ($name in $governed) {
            $held = if ($name) { $strict.Contains($name) -or $strict.Contains(($name -csplit '[\\/]')[-1]) } else { $default }
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
        return , @(foreach ($text in $hidden) { if ($null -ne $text) { $text } })
    }
    return (Hide-Text (ConvertTo-Text $Value))
}

function Hide-Text([string]$Text) {
    # The same for every spelling that Exchange takes for equal, and of the same form: an address stays one, so does a Guid.
    # Hashed twice with the key before it, so that nobody who lacks the key can try names.
    if (-not $Text) { return '' }
    if ($Text -cmatch '^([A-Za-z][A-Za-z0-9]*:)(\S+@\S+)$') { return $Matches[1] + (Hide-Text $Matches[2]) }
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text.ToUpperInvariant())
    foreach ($round in 1, 2) {
        $keyed = [byte[]]::new($Pseudonyms.Key.Length + $bytes.Length)
        $Pseudonyms.Key.CopyTo($keyed, 0)
        $bytes.CopyTo($keyed, $Pseudonyms.Key.Length)
        $bytes = $Pseudonyms.Hash.ComputeHash($keyed)
    }
    $digits = [System.BitConverter]::ToString($bytes).Replace('-', '').ToLowerInvariant()
    if ($Text -cmatch '^\S+@\S+$') { return 'user-' + $digits.Substring(0, 16) + '@redacted.invalid' }
    $guid = [guid]::Empty
    if ([guid]::TryParse($Text, [ref]$guid)) { return [guid]::ParseExact($digits.Substring(0, 32), 'N').ToString() }
    if ($Text -cmatch '^(?:CN|OU|DC)=') { return 'CN=x' + $digits.Substring(0, 24) }
    return 'x' + $digits.Substring(0, 24)
}

function Add-StayingNames([string]$Section, $Object) {
    # The names of policies and rules, which stay; and those of a rule as Exchange derives them.
    foreach ($name in $Sections[$Section]['staying']) {
        $text = ConvertTo-Text (Get-Value $Object $name)
        if ($text) { [void]$Pseudonyms.Staying.Add($text) }
    }
    if ($Section -ne 'deviceAccessRules') { return }
    $query = ConvertTo-Text (Get-Value $Object 'QueryString')
    foreach ($between in '', ' ') { [void]$Pseudonyms.Staying.Add($query + $between + '(' + (ConvertTo-Text (Get-Value $Object 'Characteristic')) + ')') }
}

function Hide-Path($Value) {
    # The name of a policy or a rule stays, whatever stands before or after it: a path, or the rest of a distinguished name. Of
    # anything else, only what a rule compares stays.
    if ($null -eq $Value) { return $null }
    $text = ConvertTo-Text $Value
    if (-not $text -or $Pseudonyms.Staying.Contains($text)) { return $text }
    if ($text -cmatch '^(?<kind>[A-Za-z]+)=(?<name>(?:\\.|[^,\\])*),(?<rest>.+)$') {
        $found = $Matches
        if ($Pseudonyms.Staying.Contains([regex]::Replace($found['name'], '\\(.)', '$1'))) { return $found['kind'] + '=' + $found['name'] + ',' + (Hide-Text $found['rest']) }
    }
    for ($at = $text.IndexOfAny([char[]]'\/'); $at -ge 0; $at = $text.IndexOfAny([char[]]'\/', $at + 1)) {
        $rest = $text.Substring($at + 1)
        if ($Pseudonyms.Staying.Contains($rest)) { return (Hide-Text $text.Substring(0, $at)) + $text[$at] + $rest }
    }
    $hidden = Hide-Text $text
    foreach ($characteristic in $Export['characteristics']) {
        if ($text.IndexOf("($characteristic)", [System.StringComparison]::OrdinalIgnoreCase) -ge 0) { return "$hidden ($characteristic)" }
    }
    return $hidden
}

# ---- the run -----------------------------------------------------------------------------------------------------------

function Invoke-Export([string]$Target, [string]$Partial) {
    Open-Files $Target $Partial
    if ($Redact) {
        $random = [System.Security.Cryptography.RandomNumberGenerator]::Create()
        $random.GetBytes($Pseudonyms.Key)
        $random.Dispose()
    }
    $needs = @{}
    foreach ($row in $Export['sections']) { if (-not $row['optional']) { $needs[$row['cmdlet']] = @{} } }
    if ($Connect) { Connect-Exchange $Export['edition'] (@(foreach ($row in $Export['sections']) { $row['cmdlet'] }) + 'Get-MobileDeviceStatistics') }
    Open-Session $Export['edition']
    Assert-Session $needs
    $kept = Open-Partial $Partial
    $statisticsFile = $Partial + '.statistics'
    if ($kept.Count -eq 0) { [System.IO.File]::Delete($statisticsFile) }
    if ('organization' -notin $kept) {
        Write-Text ('"organization": {' + (ConvertTo-Members 'organization' (Read-OrganizationSettings)) + "},`n")
        $Known.Complete['organization'] = $true
        Complete-Part 'organization'
    }
    $Known.Scope = Get-DirectoryScope ([bool]$Redact)
    if ($Known.Scope) { $Known.Scope += ' and export again' }
    foreach ($section in 'deviceAccessRules', 'mobileDeviceMailboxPolicies', 'mailboxes') {
        if ($section -in $kept) { continue }
        $command = $Sections[$section]['cmdlet']
        Write-Section $section $command (Get-Unlimited $command)
    }
    foreach ($row in $Export['sections']) {
        if ($row['optional'] -and $row['name'] -notin $kept) { Write-OptionalSection $row['name'] $row['cmdlet'] }
    }
    if ('devices' -notin $kept) {
        # Before the devices: some sessions run one command at a time, so none may start while they stream in.
        Read-Statistics $statisticsFile
        Write-Section 'devices' 'Get-MobileDevice' (Get-Unlimited 'Get-MobileDevice')
    }
    Complete-File $Partial $Target
    if ($null -ne $Output.Kept) { $Output.Kept.Dispose(); $Output.Kept = $null }
    foreach ($file in $statisticsFile, ($Partial + '.kept')) { [System.IO.File]::Delete($file) }
    $counts = foreach ($section in $Known.Counts.Keys) { "$($Known.Counts[$section]) $section" }
    Show-Line "written: $Target ($($counts -join ', '))"
}

$failure = $null
$partialFile = ''
try {
    $targetFile = Resolve-File $Path 'Path'
    $partialFile = $targetFile + '.partial'
    Invoke-Export $targetFile $partialFile
}
catch {
    $failure = $_
    Show-Detail $_.ScriptStackTrace
}
finally {
    # Also reached by Ctrl-C, which no catch block sees.
    Close-Files $partialFile
    Close-Session
    Close-Progress
}
if ($null -ne $failure) {
    Write-FinalError $failure
    exit 1
}
exit 0
