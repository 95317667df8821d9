# policylint 0.0.0: applies one reviewed plan to mobile device access settings of Exchange.
# Plan sha256:5b2e16d49a0fa259fa895623873d7288102fdd6ead551160fd6a405c94026a00, 16 steps for exchange-online.
# Created 2026-11-23T12:00:00Z, refused after 2036-11-20T12:00:00Z.
# Its steps create 3 device access rules, delete 3 device access rules, update 2 device access rules, update 5 mailboxes, update 2 mobile device mailbox policies and update organization settings.

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
Time to wait after a change before the next step, against throttling.

.PARAMETER ReadBackSeconds
How long to wait for a change to show, before the run stops.

.PARAMETER Report
Change nothing: judge every chosen step against live state and write what was found to this file, as Markdown where its name
ends in .md and as JSON else. Exit code 1 if a step would stop the run.

.PARAMETER Unattended
Do not ask before each step, as -Confirm:$false does; for callers that cannot pass that.

.PARAMETER Connect
Open a session with Exchange Online for this run, and close it at the end.

.EXAMPLE
./converge.ps1 -WhatIf
Shows what each step would do, and changes nothing.

.EXAMPLE
./converge.ps1 -Report report.md
Judges all steps against live state and writes a report.

.EXAMPLE
Connect-ExchangeOnline -CertificateThumbprint 012THISISADEMO -AppId 36ee4c6c-0812-40a2-b820-b22ebd02bce3 -Organization contoso.onmicrosoft.com; ./converge.ps1 -Unattended
Connects and takes all steps where nobody can answer.

.EXAMPLE
./converge.ps1 -Until s003; ./converge.ps1
Takes the first steps, and then all others: what is done is not done again.

.NOTES
Plan sha256:5b2e16d49a0fa259fa895623873d7288102fdd6ead551160fd6a405c94026a00, 16 steps for exchange-online.
Created 2026-11-23T12:00:00Z, refused after 2036-11-20T12:00:00Z.
Its steps create 3 device access rules, delete 3 device access rules, update 2 device access rules, update 5 mailboxes, update 2 mobile device mailbox policies and update organization settings.
#>

#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [string]$JournalPath,
    [string[]]$StepId,
    [string]$Until,
    [ValidateRange(0, 3600000)][int]$PaceMilliseconds = 500,
    [ValidateRange(0, 3600)][int]$ReadBackSeconds = 60,
    [string]$Report,
    [switch]$Unattended,
    [switch]$Connect
)

# A row of 'steps' has: ID, action, kind, what changes in words, name (null: the first of the target), target, devices let in, devices kept out;
# then each setting with its value before and after, of a list that is edited with its value before, what goes, and what comes.
$Plan = @{
    'format' = 'policylint-plan/1'
    'tool' = '0.0.0'
    'createdAt' = '2026-11-23T12:00:00Z'
    'notAfter' = '2036-11-20T12:00:00Z'
    'fingerprint' = 'sha256:5b2e16d49a0fa259fa895623873d7288102fdd6ead551160fd6a405c94026a00'
    'edition' = 'exchange-online'
    'tenant' = '510a7fe1-50f4-5852-90b4-23956de2d650'
    'organization' = 'contoso.onmicrosoft.com'
    'organizationGuid' = 'a528ea41-d27c-5f1b-87ad-447f590ae545'
    'takesBack' = $null
    'objects' = @{ 'deviceAccessRule' = 13; 'mobileDeviceMailboxPolicy' = 3; 'mailbox' = 62 }
    'evidence' = @{ 'precedence' = 'strictest'; 'devices' = 152; 'others' = 95; 'policies' = @(,@('Frontline', $true, $true, $false)); 'deciders' = @(@('mailbox', $null, 'ActiveSyncAllowedDeviceIDs', $null), @('mailbox', $null, 'ActiveSyncBlockedDeviceIDs', $null), @('deviceAccessRule', 'iPhone (DeviceType)', 'AccessLevel', 'Allow'), @('mailbox', $null, 'ActiveSyncEnabled', $null), @('organization', $null, 'DefaultAccessLevel', 'Quarantine'), @('deviceAccessRule', 'Android 10 (DeviceOS)', 'AccessLevel', 'Quarantine'), @('deviceAccessRule', 'Android 10 (DeviceOS)', 'AccessLevel', 'Block'), @('deviceAccessRule', 'TbSync (DeviceType)', 'AccessLevel', 'Block'), @('deviceAccessRule', 'SM-G981B (DeviceModel)', 'AccessLevel', 'Allow'), @('deviceAccessRule', 'Android 11 (DeviceOS)', 'AccessLevel', 'Quarantine'), @('deviceAccessRule', 'iPod (DeviceType)', 'AccessLevel', 'Allow'), @('deviceAccessRule', 'iPod (DeviceType)', 'AccessLevel', 'Quarantine'), @('deviceAccessRule', 'Outlook for iOS and Android (DeviceModel)', 'AccessLevel', 'Allow'), @('deviceAccessRule', 'Outlook-iOS/2.0 (UserAgent)', 'AccessLevel', 'Allow'), @('deviceAccessRule', 'HTC* (DeviceType)', 'AccessLevel', 'Block'), @('deviceAccessRule', 'WP8 (DeviceType)', 'AccessLevel', 'Block'), @('outside', $null, 'service', $null), @('outside', $null, 'managed-device', $null), @('mobileDeviceMailboxPolicy', 'Frontline', 'AllowNonProvisionableDevices', $false), @('deviceAccessRule', 'Android-Mail/2020.11.29.346182102.Release (UserAgent)', 'AccessLevel', 'Block')) }
    'digest' = '59aebb1a2d07cfc8063682f677828b66d87894f302a9e0113dc368062eba5d15'
    'classes' = @(
        @(1, 0, 1, 4, $null, $null, $null, $null, 'lars.eriksen@contoso.com', 'SEC2F80B6D19A357'),
        @(1, 2, 3, 5, 'iPhone', $null, $null, $null, 'tomas.novak@contoso.com'),
        @(1, 4, 0, 7, $null, $null, $null, $null, 'priya.raman@contoso.com', 'Nine5D1C80E7F3A2'),
        @(1, 5, 6, 8, $null, $null, 'Android 10'),
        @(1, 5, 6, 8, $null, $null, 'Android 10'),
        @(1, 4, 7, 9, 'TbSync'),
        @(3, 8, 9, 10, $null, 'SM-G981B', 'Android 11'),
        @(2, 10, 11, 11, 'iPod'),
        @(6, 4, 12, 12, $null, 'Outlook for iOS and Android'),
        @(1, 4, 12, 12, $null, 'Outlook for iOS and Android', $null, $null, 'priya.raman@contoso.com'),
        @(0, 13, 4, 13, $null, $null, $null, 'Outlook-iOS/2.0'),
        @(0, 14, 4, 14, 'HTC*'),
        @(0, 15, 4, 15, 'WP8'),
        @(1, 16, 16, 0, 'TbSync'),
        @(1, 16, 16, 0, 'WP8'),
        @(1, 4, 9, 0, $null, 'Outlook for iOS and Android', 'Android 11'),
        @(23, 13, 12, 0, $null, 'Outlook for iOS and Android', $null, 'Outlook-iOS/2.0'),
        @(1, 17, 17, 0, $null, 'Outlook for iOS and Android', $null, 'Outlook-iOS/2.0'),
        @(4, 0, 0, 0, $null, 'Outlook for iOS and Android'),
        @(1, 18, 18, 0, $null, $null, $null, $null, $null, $null, 'own', 'Frontline'),
        @(1, 19, 6, 0, $null, $null, 'Android 10', 'Android-Mail/2020.11.29.346182102.Release'),
        @(1, 4, 9, 0, $null, $null, 'Android 11'),
        @(1, 16, 16, 0, $null, $null, $null, $null, $null, $null, 'own', 'Frontline'),
        @(2, 18, 18, 0, $null, $null, $null, $null, $null, $null, 'own', 'Frontline'),
        @(1, 16, 16, 0, $null, $null, $null, $null, $null, $null, 'own', 'Frontline'),
        @(1, 13, 12, 0, $null, 'Outlook for iOS and Android', $null, 'Outlook-iOS/2.0', 'lars.eriksen@contoso.com')
    )
    'part' = $null
    'kinds' = @(
        @{ 'name' = 'organization'; 'title' = 'organization settings'; 'cmdlets' = @{ 'read' = 'Get-ActiveSyncOrganizationSettings'; 'update' = 'Set-ActiveSyncOrganizationSettings' }; 'key' = @(); 'target' = @(); 'settings' = @{ 'DefaultAccessLevel' = 'enum'; 'AdminMailRecipients' = 'strings'; 'UserMailInsert' = 'string'; 'OtaNotificationMailInsert' = 'string'; 'AllowRMSSupportForUnenlightenedApps' = 'bool' } },
        @{ 'name' = 'deviceAccessRule'; 'title' = 'device access rule'; 'cmdlets' = @{ 'read' = 'Get-ActiveSyncDeviceAccessRule'; 'create' = 'New-ActiveSyncDeviceAccessRule'; 'update' = 'Set-ActiveSyncDeviceAccessRule'; 'delete' = 'Remove-ActiveSyncDeviceAccessRule' }; 'key' = @('Characteristic', 'QueryString'); 'target' = @('Characteristic', 'QueryString'); 'settings' = @{ 'Characteristic' = 'enum'; 'QueryString' = 'string'; 'AccessLevel' = 'enum' } },
        @{ 'name' = 'mobileDeviceMailboxPolicy'; 'title' = 'mobile device mailbox policy'; 'cmdlets' = @{ 'read' = 'Get-MobileDeviceMailboxPolicy'; 'create' = 'New-MobileDeviceMailboxPolicy'; 'update' = 'Set-MobileDeviceMailboxPolicy'; 'delete' = 'Remove-MobileDeviceMailboxPolicy' }; 'key' = @('Name'); 'target' = @('Name', 'Guid'); 'settings' = @{ 'Name' = 'string'; 'IsDefault' = 'bool'; 'AllowApplePushNotifications' = 'bool'; 'AllowBluetooth' = 'enum'; 'AllowBrowser' = 'bool'; 'AllowCamera' = 'bool'; 'AllowConsumerEmail' = 'bool'; 'AllowDesktopSync' = 'bool'; 'AllowExternalDeviceManagement' = 'bool'; 'AllowGooglePushNotifications' = 'bool'; 'AllowHTMLEmail' = 'bool'; 'AllowInternetSharing' = 'bool'; 'AllowIrDA' = 'bool'; 'AllowMicrosoftPushNotifications' = 'bool'; 'AllowMobileOTAUpdate' = 'bool'; 'AllowNonProvisionableDevices' = 'bool'; 'AllowPOPIMAPEmail' = 'bool'; 'AllowRemoteDesktop' = 'bool'; 'AllowSimplePassword' = 'bool'; 'AllowSMIMEEncryptionAlgorithmNegotiation' = 'enum'; 'AllowSMIMESoftCerts' = 'bool'; 'AllowStorageCard' = 'bool'; 'AllowTextMessaging' = 'bool'; 'AllowUnsignedApplications' = 'bool'; 'AllowUnsignedInstallationPackages' = 'bool'; 'AllowWiFi' = 'bool'; 'AlphanumericPasswordRequired' = 'bool'; 'AttachmentsEnabled' = 'bool'; 'DeviceEncryptionEnabled' = 'bool'; 'DevicePolicyRefreshInterval' = 'unlimited-timespan'; 'IrmEnabled' = 'bool'; 'MaxAttachmentSize' = 'unlimited-bytes'; 'MaxCalendarAgeFilter' = 'enum'; 'MaxEmailAgeFilter' = 'enum'; 'MaxEmailBodyTruncationSize' = 'unlimited-int'; 'MaxEmailHTMLBodyTruncationSize' = 'unlimited-int'; 'MaxInactivityTimeLock' = 'unlimited-timespan'; 'MaxPasswordFailedAttempts' = 'unlimited-int'; 'MinPasswordComplexCharacters' = 'int'; 'MinPasswordLength' = 'nullable-int'; 'PasswordEnabled' = 'bool'; 'PasswordExpiration' = 'unlimited-timespan'; 'PasswordHistory' = 'int'; 'PasswordRecoveryEnabled' = 'bool'; 'RequireDeviceEncryption' = 'bool'; 'RequireEncryptedSMIMEMessages' = 'bool'; 'RequireEncryptionSMIMEAlgorithm' = 'enum'; 'RequireManualSyncWhenRoaming' = 'bool'; 'RequireSignedSMIMEAlgorithm' = 'enum'; 'RequireSignedSMIMEMessages' = 'bool'; 'RequireStorageCardEncryption' = 'bool'; 'UnapprovedInROMApplicationList' = 'strings'; 'UNCAccessEnabled' = 'bool'; 'WSSAccessEnabled' = 'bool' } },
        @{ 'name' = 'mailbox'; 'title' = 'mailbox'; 'cmdlets' = @{ 'read' = 'Get-CASMailbox'; 'update' = 'Set-CASMailbox' }; 'key' = @('Identity'); 'target' = @('PrimarySmtpAddress', 'Guid', 'Identity'); 'settings' = @{ 'Identity' = 'string'; 'ActiveSyncEnabled' = 'bool'; 'ActiveSyncMailboxPolicy' = 'policy-ref'; 'ActiveSyncAllowedDeviceIDs' = 'strings'; 'ActiveSyncBlockedDeviceIDs' = 'strings'; 'ActiveSyncSuppressReadReceipt' = 'bool'; 'OWAforDevicesEnabled' = 'bool'; 'OutlookMobileEnabled' = 'bool'; 'UniversalOutlookEnabled' = 'bool'; 'MacOutlookEnabled' = 'bool'; 'OneWinNativeOutlookEnabled' = 'bool' } }
    )
    'steps' = @(
        @('s001', 'update', 'organization', 'AdminMailRecipients +"mobile-admins@contoso.com", UserMailInsert "Your device is quarantined. Please contact IT." -> "Your device is waiting for approval. The mobile team looks at new devices every working day. To read mail now, install Outlook from the app store: it needs no approval."', 'Mobile Mailbox Settings', @(), 0, 0, @('AdminMailRecipients', @(), @(), @('mobile-admins@contoso.com')), @('UserMailInsert', 'Your device is quarantined. Please contact IT.', 'Your device is waiting for approval. The mobile team looks at new devices every working day. To read mail now, install Outlook from the app store: it needs no approval.')),
        @('s002', 'update', 'mobileDeviceMailboxPolicy', '"Default": MinPasswordLength 4 -> 6', $null, @('Default', 'd2556792-55e1-5603-b62a-f3167455d07c'), 0, 0, @('MinPasswordLength', 4, 6)),
        @('s003', 'update', 'mobileDeviceMailboxPolicy', '"Frontline": MaxInactivityTimeLock "00:15:00" -> "00:05:00"', $null, @('Frontline', 'a5fb6445-5d09-52e1-9b8e-0957e47bebc8'), 0, 0, @('MaxInactivityTimeLock', '00:15:00', '00:05:00')),
        @('s004', 'update', 'mailbox', '"lars.eriksen@contoso.com": ActiveSyncBlockedDeviceIDs +"SEC2F80B6D19A357" (keeps 1 out)', $null, @('lars.eriksen@contoso.com', '8ae57a08-20b0-5e8b-9641-35284b40490b', 'lars.eriksen'), 0, 1, @('ActiveSyncBlockedDeviceIDs', @(), @(), @('SEC2F80B6D19A357'))),
        @('s005', 'update', 'mailbox', '"tomas.novak@contoso.com": ActiveSyncEnabled true -> false, OutlookMobileEnabled true -> false (keeps 1 out)', $null, @('tomas.novak@contoso.com', '6443797a-a9b7-56b6-bfee-27b1aafd95c1', (-join ('Tom', [char]0x00E1, [char]0x0161, ' Nov', [char]0x00E1, 'k'))), 0, 1, @('ActiveSyncEnabled', $true, $false), @('OutlookMobileEnabled', $true, $false)),
        @('s006', 'update', 'mailbox', '"hana.sato@contoso.com": ActiveSyncMailboxPolicy null -> "Frontline"', $null, @('hana.sato@contoso.com', '12cce2b7-5f5f-5783-ab1c-742b807f0914', 'hana.sato'), 0, 0, @('ActiveSyncMailboxPolicy', $null, 'Frontline')),
        @('s007', 'update', 'mailbox', '"priya.raman@contoso.com": ActiveSyncAllowedDeviceIDs +"Nine5D1C80E7F3A2" (lets 1 in)', $null, @('priya.raman@contoso.com', 'f80a9ade-68df-57f2-a9ad-4ed3cc72e215', 'priya.raman'), 1, 0, @('ActiveSyncAllowedDeviceIDs', @(), @(), @('Nine5D1C80E7F3A2'))),
        @('s008', 'update', 'deviceAccessRule', '"Android 10 (DeviceOS)": AccessLevel "Quarantine" -> "Block"', 'Android 10 (DeviceOS)', @('DeviceOS', 'Android 10'), 0, 0, @('AccessLevel', 'Quarantine', 'Block')),
        @('s009', 'create', 'deviceAccessRule', '"TbSync (DeviceType)": AccessLevel "Block"', 'TbSync (DeviceType)', @('DeviceType', 'TbSync'), 0, 0, @('Characteristic', $null, 'DeviceType'), @('QueryString', $null, 'TbSync'), @('AccessLevel', $null, 'Block')),
        @('s010', 'create', 'deviceAccessRule', '"Android 11 (DeviceOS)": AccessLevel "Quarantine" (keeps 3 out)', 'Android 11 (DeviceOS)', @('DeviceOS', 'Android 11'), 0, 3, @('Characteristic', $null, 'DeviceOS'), @('QueryString', $null, 'Android 11'), @('AccessLevel', $null, 'Quarantine')),
        @('s011', 'update', 'deviceAccessRule', '"iPod (DeviceType)": AccessLevel "Allow" -> "Quarantine" (keeps 2 out)', 'iPod (DeviceType)', @('DeviceType', 'iPod'), 0, 2, @('AccessLevel', 'Allow', 'Quarantine')),
        @('s012', 'create', 'deviceAccessRule', '"Outlook for iOS and Android (DeviceModel)": AccessLevel "Allow" (lets 7 in)', 'Outlook for iOS and Android (DeviceModel)', @('DeviceModel', 'Outlook for iOS and Android'), 7, 0, @('Characteristic', $null, 'DeviceModel'), @('QueryString', $null, 'Outlook for iOS and Android'), @('AccessLevel', $null, 'Allow')),
        @('s013', 'delete', 'deviceAccessRule', '"Outlook-iOS/2.0 (UserAgent)": AccessLevel was "Allow"', 'Outlook-iOS/2.0 (UserAgent)', @('UserAgent', 'Outlook-iOS/2.0'), 0, 0, @('Characteristic', 'UserAgent', $null), @('QueryString', 'Outlook-iOS/2.0', $null), @('AccessLevel', 'Allow', $null)),
        @('s014', 'delete', 'deviceAccessRule', '"HTC* (DeviceType)": AccessLevel was "Block"', 'HTC* (DeviceType)', @('DeviceType', 'HTC*'), 0, 0, @('Characteristic', 'DeviceType', $null), @('QueryString', 'HTC*', $null), @('AccessLevel', 'Block', $null)),
        @('s015', 'delete', 'deviceAccessRule', '"WP8 (DeviceType)": AccessLevel was "Block"', 'WP8 (DeviceType)', @('DeviceType', 'WP8'), 0, 0, @('Characteristic', 'DeviceType', $null), @('QueryString', 'WP8', $null), @('AccessLevel', 'Block', $null)),
        @('s016', 'update', 'mailbox', '"lars.eriksen@contoso.com": ActiveSyncAllowedDeviceIDs -"SEC2F80B6D19A357"', $null, @('lars.eriksen@contoso.com', '8ae57a08-20b0-5e8b-9641-35284b40490b', 'lars.eriksen'), 0, 0, @('ActiveSyncAllowedDeviceIDs', @('SEC2F80B6D19A357'), @('SEC2F80B6D19A357'), @()))
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
$Run = @{
    Journal = $null; JournalFile = ''; Going = $false; Finished = $false; Outcome = 'refused'; Changes = 0; AlreadySo = 0; Conflicts = 0; Stop = $null; Early = ''; Policies = $null; PoliciesAge = $null; Rules = $null
    # A run that changes nothing judges all steps, each as if those before it had been taken.
    Dry = $WhatIfPreference -or $Given.ContainsKey('Report'); Pretended = @{}; Judged = [System.Collections.Generic.List[object]]::new()
    Steps = @(); Begun = $false; Clock = [System.Diagnostics.Stopwatch]::StartNew()
    Pause = $false; CheckedAt = $null; Holders = @(); Server = $null; Home = $null; ByGuid = $true; Touched = $null; Entry = $null
    # Of each object that was changed, the domain controller it was changed on and its Guid.
    Kept = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::Ordinal); Listed = $null; Said = [long]0
}
$Progress.Activity = 'policylint converge'
# The kinds of object that the steps are about, by name: what they are called, how they are found, read and changed.
$Kinds = @{}
foreach ($row in $Plan['kinds']) { $Kinds[$row['name']] = $row }
$KeyProperties = @(foreach ($row in $Plan['kinds']) { $row['key'] })
# The cmdlets of Exchange that this script may call.
$MayCall = @(
    'Get-ActiveSyncOrganizationSettings', 'Get-ActiveSyncDeviceAccessRule', 'Get-MobileDeviceMailboxPolicy', 'Get-CASMailbox', 'Get-CASMailboxPlan',
    'Get-ActiveSyncDeviceAutoblockThreshold', 'Get-ADServerSettings',
    'Set-ActiveSyncOrganizationSettings', 'New-ActiveSyncDeviceAccessRule', 'Set-ActiveSyncDeviceAccessRule', 'Remove-ActiveSyncDeviceAccessRule',
    'New-MobileDeviceMailboxPolicy', 'Set-MobileDeviceMailboxPolicy', 'Remove-MobileDeviceMailboxPolicy', 'Set-CASMailbox', 'Set-CASMailboxPlan',
    'Set-ActiveSyncDeviceAutoblockThreshold'
)
$ReadBackDelays = 0, 250, 500, 1000, 2000
# How long an answer or a check of the session counts as fresh.
$Fresh = [timespan]::FromSeconds(2)
$RecentlyChecked = [timespan]::FromMinutes(2)
$ByteCount = ConvertTo-Pattern '\(([^()]*[0-9][^()]*)\)'
$DomainPart = ConvertTo-Pattern '(?:^|,)DC=([^,]+)'
$NotPlain = [regex]'[\uD800-\uDBFF][\uDC00-\uDFFF]|[^A-Za-z0-9 .,:;/"=+-]'
$ShortSize = ConvertTo-Pattern '^\s*([0-9]+)\s*([KMGT]?)B\s*$'

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
    $match = $ByteCount.Match($Text)
    if ($match.Success) { return ($match.Groups[1].Value -creplace '[^0-9]', '') }
    $match = $ShortSize.Match($Text)
    if (-not $match.Success) { return $Text }
    $power = 'KMGT'.IndexOf($match.Groups[2].Value.ToUpperInvariant(), [System.StringComparison]::Ordinal)
    if ($match.Groups[2].Value -eq '') { $power = -1 }
    return ([decimal]$match.Groups[1].Value * [decimal][Math]::Pow(1024, $power + 1)).ToString('0', $Invariant)
}

function ConvertTo-Canonical([string]$Kind, $Value) {
    # One text per value, whatever the edition and culture made of it; null and empty are the same to Exchange.
    $text = ConvertTo-Text $Value
    if (-not $text -or $Kind -eq 'string') { return $text }
    $text = $text.Trim()
    if ($Kind.EndsWith('-bytes')) { $text = ConvertTo-ByteCount $text }
    # Thresholds of some servers show a time as bare minutes; to .NET a bare number is days.
    if ($Kind -eq 'timespan' -and $text -cmatch '^[0-9]{1,8}$') { return [timespan]::FromMinutes([int]$text).ToString('c', $Invariant) }
    $span = [timespan]::Zero
    if ($Kind.EndsWith('timespan') -and [timespan]::TryParse($text, $Invariant, [ref]$span)) { return $span.ToString('c', $Invariant) }
    $number = [decimal]0
    if ($Kind -cmatch '(?:int|bytes)$' -and [decimal]::TryParse($text, 'Integer, AllowThousands', $Invariant, [ref]$number)) {
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
    if ($Given.ContainsKey('JournalPath')) { $path = Resolve-File $path 'JournalPath' }
    else {
        $folder = $PSScriptRoot
        if (-not $folder) { $folder = $Caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath }
        $digest = ($Plan['fingerprint'] -creplace '^sha256:', '') + ('0' * 12)
        $path = [System.IO.Path]::Combine($folder, 'policylint-' + $digest.Substring(0, 12) + '.journal.jsonl')
    }
    # A run that was killed may have left half a line and nothing else.
    $Run.JournalFile = $path
    $Run.Journal = Open-Own $path 'journal' '^\{"time": "[^"]*(?:\z|", "fingerprint": "sha256:)' 'a journal' 'JournalPath'
    $end = if ($Run.Journal.CanSeek) { $Run.Journal.Seek(0, 'End') } else { 0 }
    if ($end -gt 0) {
        [void]$Run.Journal.Seek(-1, 'End')
        if ($Run.Journal.ReadByte() -ne 10) { $Run.Journal.WriteByte(10) }
    }
    Show-Detail "journal: $path"
}

function Open-Own([string]$Path, [string]$Name, [regex]$Beginning, [string]$What, [string]$Parameter) {
    # Nothing is written to a file that something else made: it may be the plan, the snapshot or this script.
    try { $stream = [System.IO.FileStream]::new($Path, 'OpenOrCreate', 'ReadWrite', 'Read') }
    catch { throw "the $Name $Path cannot be written, nothing was changed: $($_.Exception.Message)" }
    if (-not $stream.CanSeek -or $stream.Length -eq 0) { return $stream }
    $bytes = [byte[]]::new(200)
    $count = $stream.Read($bytes, 0, $bytes.Length)
    if ($Beginning.IsMatch([System.Text.Encoding]::ASCII.GetString($bytes, 0, $count))) { return $stream }
    $stream.Dispose()
    throw "-$Parameter names a file that is not $What`: $Path; give another name, nothing was changed"
}

function Write-Journal([string]$What, [hashtable]$Entry) {
    if ($null -eq $Run.Journal) { return }
    $line = [ordered]@{
        time = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', $Invariant); fingerprint = $Plan['fingerprint']
        step = $Entry['Step']; event = $What; before = $Entry['Before']; after = $Entry['After']; message = $Entry['Message']
    }
    foreach ($name in 'Run', 'Object', 'Outcome', 'Summary') { if ($Entry.ContainsKey($name)) { $line[$name.ToLowerInvariant()] = $Entry[$name] } }
    $bytes = [System.Text.Encoding]::ASCII.GetBytes((ConvertTo-JsonText $line) + "`n")
    $Run.Journal.Write($bytes, 0, $bytes.Length)
    $Run.Journal.Flush($true)
}

function Write-FirstLine {
    # Who runs what, where and for whom. Written when the connection is known, or when it turns out that there is none.
    if ($Run.Begun -or $null -eq $Run.Journal) { return }
    $Run.Begun = $true
    Write-Journal 'start' @{ Message = "policylint $($Plan['tool']), $(Get-Scope)"; Run = (Get-RunRecord) }
}

function Write-LastLine([string]$What, [hashtable]$Entry) {
    # The run ends anyway: a disk that is full must not hide why.
    try {
        Write-FirstLine
        Write-Journal $What ($Entry + @{ Summary = (Get-Summary) })
    }
    catch { Show-Line "the journal could not be written: $($_.Exception.GetBaseException().Message)" }
}

function Get-Summary {
    $left = $Run.Steps.Count - $Run.Changes - $Run.AlreadySo
    return [ordered]@{ changed = $Run.Changes; alreadySo = $Run.AlreadySo; left = $left; seconds = [long][Math]::Floor($Run.Clock.Elapsed.TotalSeconds) }
}

function Get-RunRecord {
    $record = [ordered]@{ format = 'policylint-journal/1' }
    foreach ($name in 'tool', 'edition', 'tenant', 'organization', 'organizationGuid', 'createdAt', 'notAfter', 'takesBack') { $record[$name] = $Plan[$name] }
    $record['steps'] = [string[]]@(foreach ($step in $Run.Steps) { $step['id'] })
    $record['by'] = Get-Operator
    $record['machine'] = [System.Environment]::MachineName
    $record['shell'] = "PowerShell $($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition)"
    $record['module'] = if ($Plan['edition'] -eq 'exchange-online') { $Session.Tool } else { $null }
    $record['script'] = Get-ScriptHash
    return $record
}

function Get-Scope {
    # Which steps of the plan the run is about.
    $part = $Plan['part']
    return "$(if ($null -ne $part) { "part $($part['number']) of $($part['of']), " })$($Run.Steps.Count) of $(@($Plan['steps']).Count) steps"
}

function Get-Operator {
    # The account or the application of the connection, on a server the one that runs the shell; null where that is not known.
    # Source: https://learn.microsoft.com/powershell/module/exchangepowershell/get-connectioninformation
    if ($Plan['edition'] -ne 'exchange-online') { return [System.Environment]::UserDomainName + '\' + [System.Environment]::UserName }
    foreach ($name in 'UserPrincipalName', 'AppId') {
        $text = Get-RowText $Session.Row $name
        if ($text) { return $text }
    }
    return $null
}

function Get-ScriptHash {
    if (-not $PSCommandPath) { return $null }
    try { return 'sha256:' + (ConvertTo-Hex (Get-Sha256).ComputeHash([System.IO.File]::ReadAllBytes($PSCommandPath))) }
    catch { return $null }
}

function Get-ObjectRecord($Step, $Decision, $Object) {
    # The object as it was read and as the step leaves it: what it takes to take the step back.
    $changes = [System.Collections.Generic.List[object]]::new()
    if ($Step['action'] -eq 'delete') {
        $names = [string[]]@($Kinds[$Step['kind']]['settings'].Keys)
        [System.Array]::Sort($names, [System.StringComparer]::Ordinal)
        foreach ($name in $names) {
            if (-not (Test-Value $Object $name)) { continue }
            $kind = $Kinds[$Step['kind']]['settings'][$name]
            $before = ConvertTo-Planned $kind (Get-Value $Object $name)
            foreach ($change in $Step['changes']) { if ($kind -ne 'strings' -and $change['property'] -ceq $name) { $before = $change['before'] } }
            $changes.Add([ordered]@{ property = $name; kind = $kind; before = $before; after = $null })
        }
    }
    foreach ($change in $Step['changes']) {
        $name = $change['property']
        if ($Step['action'] -eq 'create') { $changes.Add([ordered]@{ property = $name; kind = $change['kind']; before = $null; after = $change['after'] }) }
        if ($Step['action'] -ne 'update' -or -not $Decision.After.Contains($name)) { continue }
        $changes.Add([ordered]@{ property = $name; kind = $change['kind']; before = $Decision.Before[$name]; after = $Decision.After[$name] })
    }
    $target = [ordered]@{}
    foreach ($name in $Kinds[$Step['kind']]['target']) { $target[$name] = $Step['target'][$name] }
    $record = [ordered]@{ action = $Step['action']; kind = $Step['kind']; identity = $Step['identity']; target = $target; changes = $changes }
    foreach ($change in $Step['changes']) { if ($change['property'] -ceq 'IsDefault' -and $change['after'] -eq $true) { $record['default'] = Get-DefaultTarget $Step } }
    return $record
}

function Get-DefaultTarget($Step) {
    # What makes a policy the default one takes that from another: the one to give it back to. Null where none is shown.
    foreach ($policy in $Run.Policies) {
        if ((ConvertTo-Text (Get-Value $policy 'IsDefault')) -ne 'True') { continue }
        $target = [ordered]@{}
        foreach ($name in $Kinds[$Step['kind']]['target']) { $text = ConvertTo-Text (Get-Value $policy $name); $target[$name] = if ($text) { $text } else { $null } }
        return $target
    }
    return $null
}

function ConvertTo-Planned([string]$Kind, $Value) {
    # A value as plans hold it: typed, and without what a session adds.
    if ($Kind -eq 'strings') { return , (ConvertTo-TextList $Value) }
    $text = ConvertTo-Text $Value
    if (-not $text) { return $null }
    if ($Kind -eq 'bool') { return (Test-SameText $text 'True') }
    $canonical = ConvertTo-Canonical $Kind $Value
    if (Test-SameText $canonical 'Unlimited') { return 'Unlimited' }
    if ($Kind -cmatch '(?:int|bytes)$' -and $canonical -cmatch '^[0-9]{1,18}$') { return [long]$canonical }
    if ($Kind.EndsWith('timespan')) { return $canonical }
    return $text
}

# ---- reading live objects ----------------------------------------------------------------------------------------------

function Read-Organization {
    $object = Read-OrganizationSettings (Get-ServerOption 'Get-ActiveSyncOrganizationSettings')
    return @{ Object = $object; Identity = $null; Server = (Get-Server $object) }
}

function Get-RuleKey($Characteristic, $QueryString) {
    return ((ConvertTo-Text $Characteristic) + "`n" + (ConvertTo-Text $QueryString)).ToUpperInvariant()
}

function Read-AllRules {
    # All rules by the pair that makes a rule what it is; the text of its identity differs between editions. Thousands of rules
    # are read once, and then one by one before each is touched.
    $found = Invoke-Read 'Get-ActiveSyncDeviceAccessRule' (Get-Unlimited 'Get-ActiveSyncDeviceAccessRule')
    if ($found.Count -eq 0) { Assert-Whole 'deviceAccessRule' 0 }
    $rules = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($rule in $found) {
        $key = Get-RuleKey (Get-Value $rule 'Characteristic') (Get-Value $rule 'QueryString')
        if (-not $rules.ContainsKey($key)) { $rules[$key] = [System.Collections.Generic.List[object]]::new() }
        $rules[$key].Add($rule)
    }
    $Run.Rules = @{ ByKey = $rules; Count = $found.Count; Age = [System.Diagnostics.Stopwatch]::StartNew(); Sure = $false }
}

function Assert-Whole([string]$Kind, [int]$Count) {
    # A reading that fails may look like one that found less. What the plan does not delete must be there before anything counts
    # as gone.
    if ($null -eq $Plan['objects'] -or -not $Plan['objects'].ContainsKey($Kind)) { return }
    $left = $Plan['objects'][$Kind]
    foreach ($each in $Plan['steps']) { if ($each['kind'] -eq $Kind -and $each['action'] -eq 'delete') { $left-- } }
    if ($Count -lt $left) { throw "found $Count of kind $($Kinds[$Kind]['title']), though the plan saw $($Plan['objects'][$Kind]) and leaves $left`: the session may not show all of them" }
}

function Read-Rule($Step) {
    $key = Get-RuleKey $Step['target']['Characteristic'] $Step['target']['QueryString']
    if ($null -eq $Run.Rules -or $Run.Rules.Age.Elapsed.TotalMinutes -gt 5) { Read-AllRules }
    $rule = Find-Rule $key
    if ($null -eq $rule -and $Step['action'] -ne 'create' -and -not ($Run.Rules.Sure -and $Run.Rules.Age.Elapsed.TotalSeconds -lt 60)) {
        # Gone is only what two readings do not show.
        Read-AllRules
        $Run.Rules.Sure = $true
        $rule = Find-Rule $key
    }
    if ($null -ne $rule) {
        $known = $rule
        $rule = Read-RuleAgain $known $key
        if ($null -eq $rule) {
            # Another rule may have been made in place of the one that is gone; or a Guid finds nothing in this session.
            Read-AllRules
            $rule = Find-Rule $key
            if ($null -ne $rule -and (Test-SameGuid (ConvertTo-Text (Get-Value $rule 'Guid')) (ConvertTo-Text (Get-Value $known 'Guid')))) { $Run.ByGuid = $false }
        }
    }
    if ($null -eq $rule -and $Step['action'] -eq 'delete') { Assert-Whole 'deviceAccessRule' $Run.Rules.Count }
    if ($null -eq $rule) { return $null }
    return (Get-Found $rule)
}

function Find-Rule([string]$Key) {
    $matching = $null
    if (-not $Run.Rules.ByKey.TryGetValue($Key, [ref]$matching) -or $matching.Count -eq 0) { return $null }
    if ($matching.Count -gt 1) { throw "$($matching.Count) device access rules have the same characteristic and query string" }
    return $matching[0]
}

function Read-RuleAgain($Rule, [string]$Key) {
    # The rule with that key as it is now, or null; read alone where it has a Guid and Exchange says what became of that.
    $guid = ConvertTo-Text (Get-Value $Rule 'Guid')
    if ($guid -and $Run.ByGuid -and (Test-Parameter 'Get-ActiveSyncDeviceAccessRule' 'Identity')) {
        try {
            $found = Invoke-Read 'Get-ActiveSyncDeviceAccessRule' (@{ Identity = $guid } + (Get-ServerOption 'Get-ActiveSyncDeviceAccessRule'))
            $same = @(foreach ($each in $found) { if ((Get-RuleKey (Get-Value $each 'Characteristic') (Get-Value $each 'QueryString')) -eq $Key -and (Test-SameGuid (ConvertTo-Text (Get-Value $each 'Guid')) $guid)) { $each } })
            if ($same.Count -eq 1) { return $same[0] }
        }
        catch {
            # Where the type of the error does not say that there is none, the listing decides.
            $kind = Get-FailureKind $_
            if ($kind -eq 'missing') { if ($Run.Rules.ByKey.ContainsKey($Key)) { $Run.Rules.ByKey[$Key].Clear() }; return $null }
            if ($kind -eq 'passing') { throw }
        }
    }
    Read-AllRules
    return (Find-Rule $Key)
}

function Read-RuleBack($Step, $Rule) {
    # After a change: the rule that was touched or made.
    $key = Get-RuleKey $Step['target']['Characteristic'] $Step['target']['QueryString']
    if ($null -ne $Rule) { $rule = Read-RuleAgain $Rule $key }
    if ($null -eq $rule -and $Step['action'] -ne 'delete') { Read-AllRules; $rule = Find-Rule $key }
    if ($null -eq $rule) { return $null }
    if (-not $Run.Rules.ByKey.ContainsKey($key)) { $Run.Rules.ByKey[$key] = [System.Collections.Generic.List[object]]::new() }
    $Run.Rules.ByKey[$key].Clear()
    $Run.Rules.ByKey[$key].Add($rule)
    return (Get-Found $rule)
}

function Read-AllPolicies {
    $found = Invoke-Read 'Get-MobileDeviceMailboxPolicy' (Get-ServerOption 'Get-MobileDeviceMailboxPolicy')
    if ($found.Count -eq 0) { Assert-Whole 'mobileDeviceMailboxPolicy' 0 }
    $Run.Policies = $found
    $Run.PoliciesAge = [System.Diagnostics.Stopwatch]::StartNew()
}

function Read-Policy($Step) {
    $live = Find-Policy $Step['target']
    if ($null -ne $live -or $Step['action'] -eq 'create') { return $live }
    # Gone is only what two readings do not show.
    $live = Find-Policy $Step['target']
    if ($null -eq $live -and $Step['action'] -eq 'delete') { Assert-Whole 'mobileDeviceMailboxPolicy' $Run.Policies.Count }
    return $live
}

function Find-Policy($Target) {
    Read-AllPolicies
    return (Find-KnownPolicy $Target)
}

function Find-KnownPolicy($Target) {
    $wanted = ConvertTo-Text $Target['Guid']
    $named = $null
    foreach ($policy in $Run.Policies) {
        $guid = ConvertTo-Text (Get-Value $policy 'Guid')
        $same = Test-SameText (ConvertTo-Text (Get-Value $policy 'Name')) $Target['Name']
        if ($wanted -and $guid -and (Test-SameGuid $guid $wanted)) {
            if (-not $same) { Exit-Renamed "the policy with Guid $wanted has another name" $Target['Name'] (Get-Value $policy 'Name') }
            return (Get-Found $policy)
        }
        if ($same) { $named = $policy }
    }
    if ($null -eq $named) { return $null }
    $guid = ConvertTo-Text (Get-Value $named 'Guid')
    if ($wanted -and $guid) { Exit-Step 'conflict' "the policy was replaced: expected Guid $wanted, found $guid under the same name" }
    return (Get-Found $named)
}

function Read-Named($Step) {
    # One of a few objects: by the Guid where both sides have it, else by the first name of the target; all its names must fit.
    $kind = $Kinds[$Step['kind']]
    $found = Invoke-Read $kind['cmdlets']['read'] (Get-Unlimited $kind['cmdlets']['read'])
    $names = @(foreach ($key in $kind['target']) { if ($key -ne 'Guid' -and (ConvertTo-Text $Step['target'][$key])) { $key } })
    $wanted = ConvertTo-Text $Step['target']['Guid']
    $matching = @(foreach ($object in $found) {
            $guid = ConvertTo-Text (Get-Value $object 'Guid')
            if ($wanted -and $guid) { if (Test-SameGuid $guid $wanted) { $object } }
            elseif (Test-SameText (ConvertTo-Text (Get-Value $object $names[0])) $Step['target'][$names[0]]) { $object }
        })
    if ($matching.Count -gt 1) { throw "$($matching.Count) objects have the same $($names[0])" }
    if ($matching.Count -eq 0) { return $null }
    foreach ($key in $names) {
        $text = ConvertTo-Text (Get-Shown $matching[0] $key)
        if (-not (Test-SameText $text $Step['target'][$key])) { Exit-Renamed "the object has another $key" $Step['target'][$key] $text }
    }
    return (Get-Found $matching[0])
}

function Get-Found($Object) {
    return @{ Object = $Object; Identity = (Get-ActingIdentity $Object); Server = (Get-Server $Object) }
}

function Get-ActingIdentity($Object) {
    # Changes go through what was read back a moment ago, never through a text put together here. A Guid cannot be read as a
    # path or as part of a name.
    foreach ($name in 'Guid', 'DistinguishedName', 'Identity', 'Name') {
        if ($name -eq 'Guid' -and -not $Run.ByGuid) { continue }
        $text = ConvertTo-Text (Get-Value $Object $name)
        if ($text) { return $text }
    }
    throw 'the live object shows no identity'
}

function Get-Server($Object) {
    # The domain controller that an object was read from, if it is one of the object's own domain: reading and changing there
    # shows a change at once. On-premises only.
    if ($Session.Edition -eq 'exchange-online') { return $null }
    $server = ConvertTo-Text (Get-Value $Object 'OriginatingServer')
    $domain = $server.IndexOf('.')
    if ($domain -le 0) { return $null }
    $own = @(foreach ($match in $DomainPart.Matches((ConvertTo-Text (Get-Value $Object 'DistinguishedName')))) { $match.Groups[1].Value }) -join '.'
    if (-not (Test-SameText $own $server.Substring($domain + 1))) { return $null }
    return $server
}

function Get-ServerOption([string]$Command) {
    if ($Run.Server -and (Test-Parameter $Command 'DomainController')) { return @{ DomainController = $Run.Server } }
    return @{}
}

function Read-Mailbox($Target) {
    # The text that finds exactly the right mailbox is also the one that changes it. A wrong identity may find everything.
    $problem = 'no such mailbox'
    foreach ($key in 'Guid', 'PrimarySmtpAddress', 'Identity') {
        $candidate = ConvertTo-Text $Target[$key]
        if (-not $candidate) { continue }
        try {
            $found = Invoke-Read 'Get-CASMailbox' (@{ Identity = $candidate } + (Get-ServerOption 'Get-CASMailbox'))
        }
        catch {
            if ((Get-FailureKind $_) -eq 'passing') { throw }
            $problem = $_.Exception.Message
            continue
        }
        if ($found.Count -eq 1 -and (Test-RightMailbox $found[0] $Target)) {
            Assert-SameAddress $found[0] $Target
            $guid = ConvertTo-Text (Get-Value $found[0] 'Guid')
            return @{ Object = $found[0]; Identity = $(if ($guid) { $guid } else { $candidate }); Server = (Get-Server $found[0]) }
        }
        if ($found.Count -gt 0) { $problem = "the identity $(ConvertTo-JsonString $candidate) finds $($found.Count) mailboxes, not the one meant" }
    }
    throw $problem
}

function Assert-SameAddress($Object, $Target) {
    # The plan and the prompt name the address; the mailbox that was meant may have another one now.
    $address = ConvertTo-Text (Get-Shown $Object 'PrimarySmtpAddress')
    if (-not (Test-SameText $address $Target['PrimarySmtpAddress'])) { Exit-Renamed 'the mailbox has another address' $Target['PrimarySmtpAddress'] $address }
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
        'deviceAccessRule' { return (Read-Rule $Step) }
        'mobileDeviceMailboxPolicy' { return (Read-Policy $Step) }
        'mailbox' { return (Read-Mailbox $Step['target']) }
        default { return (Read-Named $Step) }
    }
}

function Get-LiveScalar($Object, $Change) {
    $value = Get-Shown $Object $Change['property']
    if ($Change['kind'] -eq 'policy-ref') { $value = Resolve-PolicyName $Object $value }
    return (ConvertTo-Canonical $Change['kind'] $value)
}

function Get-Shown($Object, [string]$Name) {
    # What is not shown is not empty.
    if (-not (Test-Value $Object $Name)) { Exit-Step 'failed' "this session does not show $Name, so it cannot be compared: use the roles that the snapshot was exported with" }
    return , (Get-Value $Object $Name)
}

function Resolve-PolicyName($Mailbox, $Reference) {
    # A mailbox without a policy of its own shows the name of the default one. On-premises the reference may be a path, DN or Guid.
    if ((ConvertTo-Text (Get-Value $Mailbox 'ActiveSyncMailboxPolicyIsDefaulted')) -eq 'True') { return '' }
    $name = Find-PolicyName $Reference
    # Where the session does not say whether it is its own, the default one counts as none, as in a snapshot.
    if ($name -and -not (Test-Value $Mailbox 'ActiveSyncMailboxPolicyIsDefaulted') -and (Test-DefaultPolicy $name)) { return '' }
    return $name
}

function Test-DefaultPolicy([string]$Name) {
    foreach ($policy in $Run.Policies) {
        if ((ConvertTo-Text (Get-Value $policy 'IsDefault')) -eq 'True' -and (Test-SameText (ConvertTo-Text (Get-Value $policy 'Name')) $Name)) { return $true }
    }
    return $false
}

function Find-PolicyName($Reference) {
    # The name of the policy that a reference means, or the reference where none fits.
    $text = ConvertTo-Text $Reference
    if (-not $text) { return '' }
    if ($null -eq $Run.Policies) {
        if (-not (Test-Command 'Get-MobileDeviceMailboxPolicy')) { return $text }
        Read-AllPolicies
    }
    $exact = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    $byEnd = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($policy in $Run.Policies) {
        $name = ConvertTo-Text (Get-Value $policy 'Name')
        foreach ($key in 'Name', 'DistinguishedName', 'Guid', 'Identity', 'Id') {
            if (Test-SameText (ConvertTo-Text (Get-Value $policy $key)) $text) { [void]$exact.Add($name) }
        }
        if ($name -and ($text.EndsWith("/$name", [System.StringComparison]::OrdinalIgnoreCase) -or $text.EndsWith("\$name", [System.StringComparison]::OrdinalIgnoreCase))) { [void]$byEnd.Add($name) }
    }
    # The end of a path counts only where nothing fits as a whole, and only one policy has it.
    $fitting = @($exact)
    if ($exact.Count -eq 0) { $fitting = @($byEnd) }
    if ($fitting.Count -gt 1) { Exit-Step 'conflict' "the mailbox shows the policy $(ConvertTo-JsonText $text), which may be any of: $($fitting -join ', ')" }
    if ($fitting.Count -eq 1) { return $fitting[0] }
    return $text
}

function Read-Holders($Live) {
    # The addresses of the mailboxes that have this policy as their own.
    $policy = $Live['Object']
    $scope = Get-DirectoryScope $false
    if ($scope -and (Test-Command 'Get-ADServerSettings')) { Exit-Step 'failed' "mailboxes may have this policy that are not seen: $scope" }
    # A role without that cmdlet cannot tell; Exchange itself refuses to remove a policy that is assigned.
    if ($scope) { Show-Warning $scope }
    $name = ConvertTo-Text (Get-Value $policy 'Name')
    $path = ConvertTo-Text (Get-Value $policy 'DistinguishedName')
    $found = $null
    if ($path -and (Test-Parameter 'Get-CASMailbox' 'Filter')) {
        # Source: https://learn.microsoft.com/powershell/exchange/filter-properties (ActiveSyncMailboxPolicy takes a distinguished name)
        try { $found = Invoke-Read 'Get-CASMailbox' (@{ Filter = "ActiveSyncMailboxPolicy -eq '$($path.Replace("'", "''"))'" } + (Get-Unlimited 'Get-CASMailbox')) }
        catch { if ((Get-FailureKind $_) -eq 'passing') { throw } }
    }
    if ($null -eq $found) { $found = Invoke-Read 'Get-CASMailbox' (Get-Unlimited 'Get-CASMailbox') }
    return , [string[]]@(foreach ($mailbox in $found) {
            if (Test-SameText (Resolve-PolicyName $mailbox (Get-Shown $mailbox 'ActiveSyncMailboxPolicy')) $name) {
                $address = ConvertTo-Text (Get-Value $mailbox 'PrimarySmtpAddress')
                if ($address) { $address } else { ConvertTo-Text (Get-Value $mailbox 'Identity') }
            }
        })
}

# ---- deciding: would change, already so, or conflict -------------------------------------------------------------------

function Get-Decision($Step, $Live) {
    # Verdict change, already-so or conflict; Arguments to set, Before and After as they go to the journal.
    $decision = @{ Verdict = 'already-so'; Arguments = @{}; Before = $null; After = $null; Message = $null; Property = $null }
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
        if ($decision.Verdict -ne 'conflict' -and $Step['kind'] -eq 'mobileDeviceMailboxPolicy') { Compare-Use $Step $Live $decision }
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
    if ($Change['kind'] -eq 'strings') { return (ConvertTo-Set (Get-Shown $Object $Change['property'])).SetEquals((ConvertTo-TextList $Expected)) }
    # What an object is known by is the same in other letters.
    $comparison = if ($Change['property'] -in $KeyProperties) { 'OrdinalIgnoreCase' } else { 'Ordinal' }
    return [string]::Equals((Get-LiveScalar $Object $Change), (ConvertTo-Canonical $Change['kind'] $Expected), [System.StringComparison]$comparison)
}

function Compare-Whole($Step, $Live, [string]$Side, $Decision) {
    # Creating over an object that is there, or deleting one: each value named must hold.
    foreach ($change in $Step['changes']) {
        if ($change['property'] -eq 'IsDefault' -and $Step['action'] -eq 'delete' -and (Test-Promotion $Step)) { continue }
        if (-not (Test-SameValue $Live['Object'] $change $change[$Side])) {
            Write-Conflict $Decision $change $change[$Side] $Live['Object']
            return
        }
    }
}

function Compare-Use($Step, $Live, $Decision) {
    # A policy that became the default or got mailboxes since is not deleted. Whether Exchange refuses that is not relied on.
    if ((ConvertTo-Text (Get-Shown $Live['Object'] 'IsDefault')) -eq 'True' -and -not (Test-Promotion $Step)) {
        $Decision.Verdict = 'conflict'
        $Decision.Message = 'the policy is the default one now'
        return
    }
    $holders = ConvertTo-Set $Run.Holders
    if ($Run.Dry) {
        foreach ($each in $Plan['steps']) {
            if ($each['kind'] -ne 'mailbox' -or -not $each['chosen'] -or $each['index'] -gt $Step['index']) { continue }
            foreach ($change in $each['changes']) { if ($change['kind'] -eq 'policy-ref') { [void]$holders.Remove($each['target']['PrimarySmtpAddress']) } }
        }
    }
    if ($holders.Count -eq 0) { return }
    $some = @(foreach ($address in $holders) { $address })[0..([Math]::Min($holders.Count, 3) - 1)]
    $Decision.Verdict = 'conflict'
    $number = if ($holders.Count -eq 1) { '1 mailbox has' } else { "$($holders.Count) mailboxes have" }
    $Decision.Message = "$number this policy: $($some -join ', ')$(if ($holders.Count -gt 3) { ', ...' })"
}

function Test-Promotion($Step) {
    # Whether an earlier step, which this run only pretends to take, makes another policy the default one.
    if (-not $Run.Dry) { return $false }
    foreach ($each in $Plan['steps']) {
        if ($each['kind'] -ne $Step['kind'] -or -not $each['chosen'] -or $each['index'] -ge $Step['index']) { continue }
        foreach ($change in $each['changes']) { if ($change['property'] -eq 'IsDefault' -and $change['after'] -eq $true) { return $true } }
    }
    return $false
}

function Compare-Scalar($Change, $Live, $Decision) {
    if ($Change['kind'] -eq 'policy-ref' -and -not (Test-Value $Live['Object'] 'ActiveSyncMailboxPolicyIsDefaulted')) {
        # What follows the default policy and what has it as its own look the same then.
        [void](Find-PolicyName (Get-Value $Live['Object'] $Change['property']))
        foreach ($side in 'before', 'after') { if ($Change[$side] -and (Test-DefaultPolicy $Change[$side])) { [void](Get-Shown $Live['Object'] 'ActiveSyncMailboxPolicyIsDefaulted') } }
    }
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
    $found = ConvertTo-Set (Get-Shown $Live['Object'] $Change['property'])
    $own = $Change['own']
    $expected = ConvertTo-Set $Change['before']
    $missing = @(foreach ($element in $expected) {
            if (-not $found.Contains($element) -and -not $own.Remove.Contains($element) -and -not (Test-Open $Step $Change $element)) { $element }
        })
    $extra = @(foreach ($element in $found) {
            if (-not $expected.Contains($element) -and -not $own.Add.Contains($element) -and -not (Test-Open $Step $Change $element)) { $element }
        })
    if ($missing.Count + $extra.Count -gt 0) {
        Write-Conflict $Decision $Change $Change['before'] $Live['Object']
        $Decision.Message = Get-ListConflict $Change $missing $extra
        return
    }
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
    return (-not $other['chosen'] -or $other['index'] -gt $Step['index'] -or $Run.Dry)
}

function Write-Conflict($Decision, $Change, $Expected, $Object) {
    $found = Get-LivePlanned $Object $Change
    $Decision.Verdict = 'conflict'
    $Decision.Property = [ordered]@{ property = $Change['property']; expected = $Expected; found = $found }
    if ($Change['kind'] -eq 'strings') {
        $missing = ConvertTo-Set $Expected
        $missing.ExceptWith([string[]]$found)
        $extra = ConvertTo-Set $found
        $extra.ExceptWith((ConvertTo-TextList $Expected))
        $Decision.Message = Get-ListConflict $Change $missing $extra
    }
    else { $Decision.Message = "$($Change['property']): expected $(ConvertTo-JsonText $Expected), found $(ConvertTo-JsonText $found)" }
}

function Get-ListConflict($Change, $Missing, $Extra) {
    # A list may be long, so only what is wrong with it is named.
    $parts = @(
        if ($Missing.Count -gt 0) { "missing $(Get-Some $Missing)" }
        if ($Extra.Count -gt 0) { "not expected $(Get-Some $Extra)" }
    )
    return "$($Change['property']): $($parts -join '; ')"
}

function Get-Some($Items) {
    $texts = @(foreach ($item in $Items) { ConvertTo-JsonString $item })
    if ($texts.Count -le 10) { return ($texts -join ', ') }
    return (($texts[0..9] -join ', ') + " and $(Get-Number ($texts.Count - 10)) more")
}

# ---- acting ------------------------------------------------------------------------------------------------------------

function Invoke-Change($Step, $Identity, [hashtable]$Arguments) {
    # The only place that changes anything: one object, by the identity read back. Returns what the cmdlet returned.
    $cmdlet = Get-Cmdlet $Step
    $values = $Arguments + (Get-ServerOption $cmdlet)
    if ($null -ne $Identity -and $Step['action'] -ne 'create') { $values['Identity'] = $Identity }
    # The question was asked by this script; a cmdlet that asks again would fail where nobody can answer.
    if (Test-Parameter $cmdlet 'Confirm') { $values['Confirm'] = $false }
    $made = [System.Collections.Generic.List[object]]::new()
    Invoke-Cmdlet $cmdlet $values { param($object) $made.Add($object) }
    if ($made.Count -eq 1) { return $made[0] }
}

function Get-Cmdlet($Step) {
    return $Kinds[$Step['kind']]['cmdlets'][$Step['action']]
}

function Invoke-Step($Step) {
    if ($Run.Pause) { Wait-Milliseconds $PaceMilliseconds }
    $Run.Pause = $false
    $Run.Server = $null
    $Run.Touched = $null
    $agreed = $null
    $looks = 0
    for ($attempt = 0; ; $attempt++) {
        # Read again before each try: a call that seemed to fail may have done its work.
        Read-Ahead $Step
        $live = Read-Target $Step
        $seen = [System.Diagnostics.Stopwatch]::StartNew()
        $decision = Get-Decision $Step $live
        if ($decision.Verdict -eq 'conflict') { Write-Failure 'conflict' $Step $decision.Message }
        if ($decision.Verdict -eq 'already-so') { break }
        if ($null -eq $agreed) {
            Request-Consent $Step $decision $live
            $agreed = ConvertTo-JsonText $decision.Arguments
            Assert-StillRight $seen.Elapsed
        }
        elseif ($attempt -eq 0 -and (ConvertTo-JsonText $decision.Arguments) -cne $agreed) { Write-Failure 'conflict' $Step 'live state changed while the question was open; run the script again' }
        # What was read longer ago than this may not be so any more.
        if ($seen.Elapsed -gt $Fresh) {
            if (++$looks -gt 10) { Write-Failure 'failed' $Step 'reading takes so long that the object may change meanwhile; run the script again later' }
            $attempt--
            continue
        }
        if ($null -eq $Run.Touched) { Write-Start $Step $decision $live }
        $identity = $null
        $Run.Server = $Run.Home
        if ($null -ne $live) { $identity = $live['Identity']; $Run.Server = $live['Server'] }
        try {
            $made = Invoke-Change $Step $identity $decision.Arguments
            if ($null -ne $made) { $Run.Touched.Object = $made }
            break
        }
        catch {
            $failure = $_
            $Run.Server = $null
            if ($Step['action'] -eq 'create') { $Run.Rules = $null }
            if (Test-Again $failure ($attempt + 1)) { Wait-BeforeRetry ($attempt + 1) $failure; continue }
            # A new object may be refused because somebody else made it meanwhile.
            if ($Step['action'] -eq 'create' -and -not $Run.Touched.Refused -and $null -ne (Read-Target $Step)) { $Run.Touched.Refused = $true; continue }
            Write-Failure 'failed' $Step $failure.Exception.Message
        }
    }
    if ($null -eq $Run.Touched) {
        Write-Journal 'already-so' @{ Step = $Step['id'] }
        $Run.AlreadySo++
        Show-Detail "$($Step['id']) already so: $(Get-Title $Step)"
        return
    }
    Write-Journal 'changed' $Run.Entry
    $Run.Pause = $true
    Confirm-Step $Step
    $Run.Changes++
    Show-Line "$($Step['id']) done: $(Get-Title $Step $live)"
}

function Read-Ahead($Step) {
    # What a decision needs beside the object, read first: the object itself is read last, right before it is changed.
    if ($Step['kind'] -eq 'mailbox' -and ($null -eq $Run.Policies -or $Run.PoliciesAge.Elapsed.TotalMinutes -gt 5)) {
        $refers = @(foreach ($change in $Step['changes']) { if ($change['kind'] -eq 'policy-ref') { $change } }).Count -gt 0
        if ($refers -and (Test-Command 'Get-MobileDeviceMailboxPolicy')) { Read-AllPolicies }
    }
    if ($Step['kind'] -eq 'mobileDeviceMailboxPolicy' -and $Step['action'] -eq 'delete') {
        $Run.Holders = @()
        $live = Read-Target $Step
        if ($null -ne $live) { $Run.Holders = Read-Holders $live }
    }
}

function Write-Start($Step, $Decision, $Live) {
    # From here on the step may have been taken.
    $object = if ($null -eq $Live) { $null } else { $Live['Object'] }
    $Run.Touched = @{ Object = $object; Refused = $false; Rest = (Get-Rest $Step $object); Strayed = $false }
    $Run.Entry = @{ Step = $Step['id']; Before = $Decision.Before; After = $Decision.After }
    Write-Journal 'start' ($Run.Entry + @{ Object = (Get-ObjectRecord $Step $Decision $object) })
}

function Get-Rest($Step, $Object) {
    # The settings of an object that the step leaves alone: how each is shown, and what it is compared by.
    $rest = [ordered]@{}
    if ($null -eq $Object -or $Step['action'] -ne 'update' -or $null -eq $Kinds[$Step['kind']]['settings']) { return $rest }
    $own = ConvertTo-Set @(foreach ($change in $Step['changes']) { $change['property'] })
    foreach ($name in $Kinds[$Step['kind']]['settings'].Keys) {
        if ($own.Contains($name) -or -not (Test-Value $Object $name)) { continue }
        $kind = $Kinds[$Step['kind']]['settings'][$name]
        $shown = ConvertTo-PlainValue (Get-Value $Object $name)
        if ($kind -eq 'strings') { $rest[$name] = @{ Shown = $shown; Set = (ConvertTo-Set $shown) }; continue }
        # A mailbox without a policy of its own shows the default one, whichever that is.
        if ($kind -eq 'policy-ref' -and (ConvertTo-Text (Get-Value $Object 'ActiveSyncMailboxPolicyIsDefaulted')) -eq 'True') { $shown = $null }
        $rest[$name] = @{ Shown = $shown; Text = (ConvertTo-Canonical $kind $shown) }
    }
    return $rest
}

function Test-SameRest($Left, $Right) {
    if ($null -eq $Right) { return $false }
    if ($Left.ContainsKey('Set')) { return $Left.Set.SetEquals($Right.Set) }
    return ($Left.Text -ceq $Right.Text)
}

function Assert-StillRight([timespan]$Asked) {
    # After a question or a long time the plan may be too old, and the session another one.
    if ($Asked -le $Fresh -and $null -ne $Run.CheckedAt -and $Run.CheckedAt.Elapsed -lt $RecentlyChecked) { return }
    Assert-Age
    Open-Session $Plan['edition']
    Assert-Target
}

function Request-Consent($Step, $Decision, $Live) {
    # The guard of the change: -Confirm of this script is answered here, whatever scope the cmdlets live in.
    if ($Unattended) { return }
    $asked = $Progress.Clock.ElapsedMilliseconds
    $deed = "$($Step['id']) $($Step['action']), step $(Get-Number $Step['number']) of $(Get-Number $Run.Steps.Count)$(Get-Details $Step $Decision)"
    try { $agreed = $Caller.ShouldProcess((ConvertTo-Line (Get-Title $Step $Live)), (ConvertTo-Line $deed)) }
    catch { Write-Failure 'failed' $Step 'nobody can answer the question whether to do this; run it with -Unattended or -Confirm:$false' }
    # How long somebody looks at a question says nothing about the other steps.
    $Progress.Begun += $Progress.Clock.ElapsedMilliseconds - $asked
    if (-not $agreed) { Write-Failure 'declined' $Step 'declined at the prompt' }
}

function Get-Details($Step, $Decision) {
    # What comes after the name of a step: the settings before and after, and whom that lets in and keeps out.
    $changes = Get-ShownChange $Step $Decision
    $effects = Get-Effects $Step
    return $(if ($changes) { ": $changes" }) + $(if ($effects) { " ($effects)" })
}

function Get-Effects($Step) {
    $effects = @(
        if ($Step['opens'] -gt 0) { "lets $(Get-Number $Step['opens'] 'device') in" }
        if ($Step['closes'] -gt 0) { "keeps $(Get-Number $Step['closes'] 'device') out" }
    )
    return $effects -join ', '
}

function Test-Step($Step) {
    # Judges a step without taking it, and goes on with the next one whatever comes of it.
    $found = [ordered]@{ id = $Step['id']; action = $Step['action']; object = (Get-Title $Step); opens = $Step['opens']; closes = $Step['closes']; verdict = 'failed'; changes = @(); message = $null }
    $live = $null
    try {
        $Run.Server = $null
        Read-Ahead $Step
        $live = Read-Target $Step
        $decision = Get-Decision $Step $live
        $found.verdict = if ($decision.Verdict -eq 'change') { 'would-change' } else { $decision.Verdict }
        $found.message = $decision.Message
        if ($null -ne $decision.Property) { $found.changes = @($decision.Property) }
        elseif ($decision.Verdict -eq 'change' -and $null -ne $decision.After) {
            $found.changes = @(foreach ($name in $decision.After.Keys) {
                    $change = [ordered]@{ property = $name; found = $null; after = $decision.After[$name] }
                    if ($null -ne $decision.Before) { $change.found = $decision.Before[$name] }
                    $change
                })
        }
        elseif ($decision.Verdict -eq 'change') {
            $found.changes = @(foreach ($change in $Step['changes']) { [ordered]@{ property = $change['property']; found = $decision.Before[$change['property']]; after = $null } })
        }
    }
    catch {
        # What did not pass after so many tries would not pass for the next steps.
        if ((Get-FailureKind $_) -eq 'passing') { throw }
        $found.verdict = Get-Outcome $_
        $found.message = $_.Exception.Message
    }
    $Run.Judged.Add($found)
    switch ($found.verdict) {
        'would-change' {
            $Run.Changes++
            if ($Step['action'] -eq 'create') { $Run.Pretended[(Get-TargetKey $Step)] = $true }
            $deed = "$($Step['id']) $($Step['action'])$(Get-Details $Step $decision)"
            if ($WhatIfPreference) { [void]$Caller.ShouldProcess((ConvertTo-Line (Get-Title $Step $live)), (ConvertTo-Line $deed)) }
            else { Show-Line "$($Step['id']) would $($Step['action']) $(Get-Title $Step $live)$(Get-Details $Step $decision)" }
        }
        'already-so' { $Run.AlreadySo++; Show-Line "$($Step['id']) already so: $(Get-Title $Step $live)" }
        default {
            $Run.Conflicts++
            $stop = Get-Stop 'would stop' $found.verdict $Step $found.message
            if ($null -eq $Run.Stop) { $Run.Stop = $stop }
            Show-Line $stop
        }
    }
}

function Get-ShownChange($Step, $Decision) {
    # A list that is there is shown by what is added and removed: it is edited, not replaced.
    if ($Step['action'] -eq 'delete' -and $Step['kind'] -ne 'deviceAccessRule') { return "with its $(Get-Number $Step['changes'].Count 'setting')" }
    $shown = foreach ($change in $Step['changes']) {
        $name = $change['property']
        if ($Step['action'] -ne 'update') {
            $value = if ($Step['action'] -eq 'delete') { $change['before'] } else { $change['after'] }
            if ($name -in $Kinds[$Step['kind']]['key'] -or (ConvertTo-TextList $value).Count -eq 0) { continue }
            "$name $(if ($Step['action'] -eq 'delete') { 'was ' })$(ConvertTo-JsonText $value)"
            continue
        }
        if (-not $Decision.After.Contains($name)) { continue }
        $before = if ($null -eq $Decision.Before) { $change['before'] } else { $Decision.Before[$name] }
        if ($change['kind'] -ne 'strings') { "$name $(ConvertTo-JsonText $before) -> $(ConvertTo-JsonText $Decision.After[$name])"; continue }
        "$name $(Get-ListChange $before $Decision.After[$name])"
    }
    return @($shown) -join ', '
}

function Get-ListChange($Before, $After) {
    $old = ConvertTo-Set $Before
    $new = ConvertTo-Set $After
    $items = @(foreach ($item in $new) { if (-not $old.Contains($item)) { '+' + (ConvertTo-JsonString $item) } })
    $items += @(foreach ($item in $old) { if (-not $new.Contains($item)) { '-' + (ConvertTo-JsonString $item) } })
    return $items -join ' '
}

function Confirm-Step($Step) {
    # Directories replicate, so a change may take a while to show: some seconds for one object, now and then a minute.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    for ($try = 0; ; $try++) {
        $delay = if ($try -lt $ReadBackDelays.Count) { $ReadBackDelays[$try] } else { 5000 }
        $left = $ReadBackSeconds * 1000 - $clock.ElapsedMilliseconds
        if ($try -eq $ReadBackDelays.Count -and $left -gt 0) { Show-Line "$($Step['id']) waiting up to $ReadBackSeconds s for the change to show" }
        Wait-Milliseconds ([int][Math]::Max(0, [Math]::Min($delay, $left)))
        try {
            $live = Read-Back $Step
            $problem = Get-Shortfall $Step $live
        }
        catch {
            # The domain controller that was asked may be the one that does not answer.
            $Run.Server = $null
            $problem = $_.Exception.Message
        }
        if ($null -eq $problem) {
            Write-Journal 'verified' @{ Step = $Step['id']; Before = $Run.Entry.Before; After = (Get-ReadBack $Step $live) }
            # Thousands of whole objects would take the memory: what finds a rule again is its Guid.
            $Run.Kept[(Get-TargetKey $Step)] = @{ Server = $Run.Server; Object = $(if ($null -ne $Run.Touched.Object) { @{ Guid = (ConvertTo-Text (Get-Value $Run.Touched.Object 'Guid')) } }) }
            return
        }
        if ($Run.Touched.Strayed) { Write-Failure 'failed' $Step $problem }
        if ($clock.Elapsed.TotalSeconds -ge $ReadBackSeconds) { Write-Failure 'failed' $Step "the change does not show after $ReadBackSeconds s: $problem" }
    }
}

function Read-Back($Step) {
    if ($Step['kind'] -eq 'deviceAccessRule') { return (Read-RuleBack $Step $Run.Touched.Object) }
    return (Read-Target $Step)
}

function Get-ReadBack($Step, $Live) {
    # What the step set, as it was read back; null of an object that is gone.
    if ($null -eq $Live) { return $null }
    $values = [ordered]@{}
    foreach ($change in $Step['changes']) {
        if ($Run.Entry.After.Contains($change['property'])) { $values[$change['property']] = Get-LivePlanned $Live['Object'] $change }
    }
    return $values
}

function Get-LivePlanned($Object, $Change) {
    # A setting as it is shown, in the way that plans hold it; a text that is none of its kind stays one.
    $value = Get-Value $Object $Change['property']
    if ($Change['kind'] -eq 'policy-ref') { $value = Resolve-PolicyName $Object $value }
    $text = ConvertTo-Text $value
    if ($Change['kind'] -eq 'bool' -and $text -and $text -notin 'True', 'False') { return $text }
    $planned = ConvertTo-Planned $Change['kind'] $value
    return , $planned
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
    $rest = Get-Rest $Step $Live['Object']
    $strayed = @(foreach ($name in $Run.Touched.Rest.Keys) {
            $old = $Run.Touched.Rest[$name]
            $now = $rest[$name]
            if ($null -eq $now) { "$name is not shown any more" }
            elseif (Test-SameRest $old $now) { continue }
            elseif ($old.ContainsKey('Set')) { "${name}: $(Get-ListChange $old.Shown $now.Shown)" }
            else { "${name}: was $(ConvertTo-JsonText $old.Shown), is $(ConvertTo-JsonText $now.Shown)" }
        })
    if ($strayed.Count -eq 0) { return $null }
    $Run.Touched.Strayed = $true
    return "the change took effect, and also changed: $($strayed -join '; ')"
}

function Get-Title($Step, $Live) {
    # An object as people call it; a mailbox that was found by the address that it shows.
    $name = if ($null -ne $Live -and $Step['kind'] -eq 'mailbox') { ConvertTo-Text (Get-Value $Live['Object'] 'PrimarySmtpAddress') }
    if (-not $name) { $name = $Step['identity'] }
    return "$($Kinds[$Step['kind']]['title']) $(ConvertTo-JsonString $name)"
}

function Exit-Step([string]$What, [string]$Message) {
    # Conflict, failed or declined: known by the step that is being taken when it arrives there.
    $exception = [System.InvalidOperationException]::new($Message)
    $exception.Data['policylint'] = $What
    throw $exception
}

function Exit-Renamed([string]$What, [string]$Expected, $Found) {
    # The prompt and the journal name an object as the plan does, so it must still be called that.
    Exit-Step 'conflict' "$What now: expected $(ConvertTo-JsonText $Expected), found $(ConvertTo-JsonText (ConvertTo-Text $Found))"
}

function Get-Outcome($Failure) {
    if ($Failure.Exception.Data.Contains('policylint')) { return $Failure.Exception.Data['policylint'] }
    return 'failed'
}

function Get-Stop([string]$Verb, [string]$What, $Step, [string]$Message) {
    return "$Verb at $($Step['id']), $What, $($Step['action']) $(Get-Title $Step): $Message"
}

function Write-Failure([string]$What, $Step, [string]$Message) {
    # Ends the run: the journal says so first, then the message goes up to the end of the script.
    Write-LastLine $What @{ Step = $Step['id']; Message = $Message; Outcome = $What }
    $Run.Journalled = $true
    throw (Get-Stop 'stopped' $What $Step $Message)
}

# ---- a last look: whether all is still as the steps left it -------------------------------------------------------------

function Get-Wishes($Steps, [int]$Before) {
    # What these steps leave, object by object: the last word on its being there, on each setting, and on each item of a list. Only
    # objects with a last word of a step that comes before that place in the plan.
    $wishes = [System.Collections.Generic.List[object]]::new()
    $known = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::Ordinal)
    foreach ($step in $Steps) {
        $key = Get-TargetKey $step
        $wish = $null
        if (-not $known.TryGetValue($key, [ref]$wish)) {
            $wish = @{ Key = $key; First = $step; Step = $step; There = $null; Settings = [ordered]@{}; Lists = [ordered]@{} }
            $known[$key] = $wish
            $wishes.Add($wish)
        }
        $wish.Step = $step
        if ($step['action'] -ne 'update') {
            $wish.There = $step
            $wish.Settings.Clear()
            $wish.Lists.Clear()
        }
        if ($step['action'] -eq 'delete') { continue }
        foreach ($change in $step['changes']) {
            $name = $change['property']
            if (-not $change.ContainsKey('own') -or $wish.Settings.Contains($name)) { $wish.Settings[$name] = @{ Change = $change; Step = $step }; continue }
            if (-not $wish.Lists.Contains($name)) { $wish.Lists[$name] = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase) }
            foreach ($element in $change['own'].Add) { $wish.Lists[$name][$element] = @{ In = $true; Step = $step } }
            foreach ($element in $change['own'].Remove) { $wish.Lists[$name][$element] = @{ In = $false; Step = $step } }
        }
    }
    return , @(foreach ($wish in $wishes) { if (Test-Wish $wish $Before) { $wish } })
}

function Test-Wish($Wish, [int]$Before) {
    if ($null -ne $Wish.There -and $Wish.There['index'] -lt $Before) { return $true }
    foreach ($each in $Wish.Settings.Values) { if ($each.Step['index'] -lt $Before) { return $true } }
    foreach ($list in $Wish.Lists.Values) { foreach ($each in $list.Values) { if ($each.Step['index'] -lt $Before) { return $true } } }
    return $false
}

function Get-Departure($Wish, $Live, [int]$Before) {
    # The first thing that is not as a step before that place left it, with the step; null for none.
    $there = $Wish.There
    if ($null -ne $there -and $there['action'] -eq 'delete') {
        if ($null -eq $Live) { return $null }
        return @{ Step = $there; Message = 'the object is there again' }
    }
    if ($null -eq $Live) { return @{ Step = $Wish.First; Message = 'the object is gone' } }
    foreach ($each in $Wish.Settings.Values) {
        if ($each.Step['index'] -ge $Before -or (Test-SameValue $Live['Object'] $each.Change $each.Change['after'])) { continue }
        $decision = @{}
        Write-Conflict $decision $each.Change $each.Change['after'] $Live['Object']
        return @{ Step = $each.Step; Message = $decision.Message }
    }
    foreach ($name in $Wish.Lists.Keys) {
        $found = ConvertTo-Set (Get-Shown $Live['Object'] $name)
        foreach ($element in $Wish.Lists[$name].Keys) {
            $each = $Wish.Lists[$name][$element]
            if ($each.Step['index'] -ge $Before -or $found.Contains($element) -eq $each.In) { continue }
            return @{ Step = $each.Step; Message = "${name}: $(ConvertTo-JsonString $element) is $(if ($each.In) { 'not ' })in it" }
        }
    }
}

function Find-Departures($Steps, [int]$Before, [int]$Seconds) {
    # What is not as these steps leave it. Directories replicate, so what departs from it is looked at again for that long.
    $wishes = Get-Wishes $Steps $Before
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    for ($look = 0; ; $look++) {
        $departures = [System.Collections.Generic.List[object]]::new()
        Open-Progress
        if ($look -eq 0 -and $wishes.Count -gt 100) { Show-Line "reading $(Get-Number $wishes.Count 'object') once more" }
        Read-Together $wishes
        $number = 0
        foreach ($wish in $wishes) {
            Show-Progress 'reading once more' (++$number) $wishes.Count
            try { $found = Get-Departure $wish (Read-Wish $wish ($look -gt 0)) $Before }
            catch {
                if ((Get-FailureKind $_) -eq 'passing') { throw }
                $found = @{ Step = $wish.First; Message = $_.Exception.Message }
            }
            if ($null -ne $found) { $found.Wish = $wish; $departures.Add($found) }
        }
        $left = $Seconds * 1000 - $clock.ElapsedMilliseconds
        if ($departures.Count -eq 0 -or $left -le 0) { return , $departures }
        $delay = if ($look + 1 -lt $ReadBackDelays.Count) { $ReadBackDelays[$look + 1] } else { 5000 }
        Wait-Milliseconds ([int][Math]::Min($delay, $left))
        $wishes = @(foreach ($each in $departures) { $each.Wish })
    }
}

function Read-Together($Wishes) {
    # Reads once what is many: rules, policies, and mailboxes where one listing takes less than a call for each.
    $Run.Server = $null
    $Run.Listed = $null
    $count = @{ deviceAccessRule = 0; mobileDeviceMailboxPolicy = 0; mailbox = 0 }
    $refers = $false
    foreach ($wish in $Wishes) {
        $kind = $wish.Step['kind']
        if ($count.ContainsKey($kind)) { $count[$kind]++ }
        if ($kind -eq 'mailbox' -and $wish.Settings.Contains('ActiveSyncMailboxPolicy')) { $refers = $true }
    }
    if ($count['deviceAccessRule'] -gt 0) { Read-AllRules }
    if ($count['mobileDeviceMailboxPolicy'] -gt 0 -or ($refers -and (Test-Command 'Get-MobileDeviceMailboxPolicy'))) { Read-AllPolicies }
    $all = if ($null -eq $Plan['objects'] -or -not $Plan['objects'].ContainsKey('mailbox')) { 100000 } else { $Plan['objects']['mailbox'] }
    if ($count['mailbox'] -gt 20 -and $count['mailbox'] -gt $all / 100) { $Run.Listed = Read-Listed $Wishes }
}

function Read-Listed($Wishes) {
    # The mailboxes that are meant, by Guid and by address, from one listing.
    $meant = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($wish in $Wishes) { if ($wish.Step['kind'] -eq 'mailbox') { foreach ($name in (Get-Names $wish.Step['target'])) { [void]$meant.Add($name) } } }
    for ($attempt = 1; ; $attempt++) {
        $held = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
        try {
            Invoke-Cmdlet 'Get-CASMailbox' (Get-Unlimited 'Get-CASMailbox') { param($object) foreach ($name in (Get-Names $object)) { if ($meant.Contains($name)) { $held[$name] = $object } } }
            return $held
        }
        catch {
            if (-not (Test-Again $_ $attempt)) { throw }
            Wait-BeforeRetry $attempt $_
        }
    }
}

function Get-Names($Mailbox) {
    foreach ($name in 'Guid', 'PrimarySmtpAddress') {
        $text = (ConvertTo-Text (Get-Value $Mailbox $name)).Trim('{', '}')
        if ($text) { $text }
    }
}

function Read-Wish($Wish, [bool]$Alone) {
    # The object as it is now, or null: from what was read together, or alone where it was changed.
    $step = $Wish.Step
    $kept = $null
    $Run.Server = if ($Alone -and $Run.Kept.TryGetValue($Wish.Key, [ref]$kept)) { $kept.Server } else { $null }
    if ($step['kind'] -eq 'deviceAccessRule') {
        $key = Get-RuleKey $step['target']['Characteristic'] $step['target']['QueryString']
        $rule = if ($null -ne $kept -and $null -ne $kept.Object) { Read-RuleAgain $kept.Object $key } else { Find-Rule $key }
        if ($null -eq $rule) { return $null }
        return (Get-Found $rule)
    }
    if ($step['kind'] -eq 'mobileDeviceMailboxPolicy' -and -not $Alone) { return (Find-KnownPolicy $step['target']) }
    if ($step['kind'] -eq 'mailbox' -and -not $Alone -and $null -ne $Run.Listed) {
        foreach ($name in (Get-Names $step['target'])) {
            if (-not $Run.Listed.ContainsKey($name) -or -not (Test-RightMailbox $Run.Listed[$name] $step['target'])) { continue }
            Assert-SameAddress $Run.Listed[$name] $step['target']
            return (Get-Found $Run.Listed[$name])
        }
    }
    return (Read-Target $step)
}

function Get-Departed($Departures) {
    # The first of them in words, one by one.
    $some = @(foreach ($each in $Departures) { "$($each.Step['id']) $(Get-Title $each.Step): $($each.Message)" })
    if ($some.Count -le 10) { return ($some -join '; ') }
    return (($some[0..9] -join '; ') + "; and $(Get-Number ($some.Count - 10)) more")
}

# ---- the report of a run that changes nothing --------------------------------------------------------------------------

function Open-Report {
    $path = Resolve-File $Report 'Report'
    $markdown = $path.EndsWith('.md', [System.StringComparison]::OrdinalIgnoreCase)
    $beginning = if ($markdown) { '^# policylint report' } else { '^\{"format": "policylint-report/1"' }
    $Run.Report = @{ Path = $path; Stream = (Open-Own $path 'report' $beginning 'an earlier report' 'Report'); Written = $false; Markdown = $markdown }
}

function Write-Report([string]$Summary) {
    $text = if ($Run.Report.Markdown) { Get-MarkdownReport $Summary } else {
        $head = [ordered]@{
            format = 'policylint-report/1'; tool = $Plan['tool']; fingerprint = $Plan['fingerprint']; edition = $Plan['edition']; tenant = $Plan['tenant']; organization = $Plan['organization']
            time = (ConvertTo-Text ([datetime]::UtcNow)); wouldChange = $Run.Changes; alreadySo = $Run.AlreadySo; wouldStop = $Run.Conflicts; stop = $Run.Stop; summary = $Summary; steps = $Run.Judged
        }
        (ConvertTo-JsonText $head) + "`n"
    }
    $bytes = [System.Text.Encoding]::ASCII.GetBytes($text)
    $stream = $Run.Report.Stream
    # What is no file, such as a null device, has no length.
    if ($stream.CanSeek) { $stream.SetLength(0) }
    $stream.Write($bytes, 0, $bytes.Length)
    $stream.Flush()
    $Run.Report.Written = $true
    Show-Line "report: $($Run.Report.Path)"
}

function Get-MarkdownReport([string]$Summary) {
    $lines = [System.Collections.Generic.List[string]]::new()
    $lines.Add("# policylint report`n")
    $lines.Add("Plan $(ConvertTo-Cell $Plan['fingerprint']) for $(ConvertTo-Cell "$($Plan['organization'])"), $(ConvertTo-Text ([datetime]::UtcNow)): $Summary.`n")
    $lines.Add("| step | verdict | action | object | access | found, and after the step |`n|---|---|---|---|---|---|")
    foreach ($row in $Run.Judged) {
        $details = @(foreach ($change in $row['changes']) {
                if ($change['found'] -is [array] -or $change['after'] -is [array]) { "$($change['property']): $(Get-ListChange $change['found'] $change['after'])" }
                else { "$($change['property']): found $(ConvertTo-JsonText $change['found']), then $(ConvertTo-JsonText $change['after'])" }
            })
        if ($row['message']) { $details = @($row['message']) }
        $cells = @(foreach ($text in $row['id'], $row['verdict'], $row['action'], $row['object'], (Get-Effects $row), ($details -join '; ')) { ConvertTo-Cell $text })
        $lines.Add('| ' + ($cells -join ' | ') + ' |')
    }
    return ($lines -join "`n") + "`n"
}

function ConvertTo-Cell([string]$Text) {
    # Foreign text that means nothing to Markdown or HTML, and calls nobody.
    return $NotPlain.Replace((ConvertTo-Line $Text), [System.Text.RegularExpressions.MatchEvaluator] {
            param($found)
            $code = if ($found.Length -eq 2) { [char]::ConvertToUtf32($found.Value, 0) } else { [int][char]$found.Value }
            # A sign that would mention somebody or refer to something is followed by one that nobody sees.
            '&#' + $code.ToString($Invariant) + ';' + $(if ($code -in 35, 64) { '&#8203;' })
        })
}

# ---- the plan and its evidence -----------------------------------------------------------------------------------------

# Of each class of devices the plan says what decides before and after, and the step at which it switches. The steps are taken
# here one after the other, as a check by other code than that which made the plan. What no row names ranks below both ends.

$Rank = @{
    service = 0; 'windows-mail' = 100; ActiveSyncEnabled = 200; OutlookMobileEnabled = 200; OWAforDevicesEnabled = 200; UniversalOutlookEnabled = 200
    'managed-device' = 300; AllowNonProvisionableDevices = 400; ActiveSyncBlockedDeviceIDs = 500; ActiveSyncAllowedDeviceIDs = 600
    'conditional-access' = 700; AccessLevel = 800; DefaultAccessLevel = 900
}
$Characteristics = 'DeviceType', 'DeviceModel', 'DeviceOS', 'UserAgent'
$StateOfLevel = @{ 'Allow' = 'Allowed'; 'Quarantine' = 'Quarantined'; 'Block' = 'Blocked' }

function Get-Contradiction([string]$Where) { return "the plan contradicts itself: $Where; make it again, nothing was changed" }

function Get-Decider($Kind, $Identity, $Setting, $Value) {
    # Its rank in the order of decision, a text that no other one has, the state that it gives, its setting, and what is the
    # same for this setting at each step.
    if ($null -eq $Setting -or -not $Rank.ContainsKey($Setting)) { throw (Get-Contradiction "$Setting decides nothing") }
    $rank = $Rank[$Setting]
    $right = switch -CaseSensitive ($Kind) {
        'deviceAccessRule' { $rank -eq 800 -and $Identity -is [string] -and $Value -is [string] }
        'organization' { $rank -eq 900 -and $null -eq $Identity -and ($null -eq $Value -or $StateOfLevel.ContainsKey("$Value")) }
        'mobileDeviceMailboxPolicy' { $rank -eq 400 -and $Identity -is [string] -and $Value -is [bool] -and -not $Value }
        'mailbox' { $rank -in 200, 500, 600 -and $null -eq $Identity -and $null -eq $Value }
        'outside' { $rank -in 0, 100, 300, 700 -and $null -eq $Identity -and $null -eq $Value }
    }
    if (-not $right) { throw (Get-Contradiction "$Kind $Identity cannot decide by $Setting") }
    $state = ''
    if ($Kind -ceq 'deviceAccessRule') {
        $place = -1
        for ($i = 0; $i -lt 4; $i++) { if ($Identity.EndsWith(" ($($Characteristics[$i]))", [System.StringComparison]::Ordinal)) { $place = $i } }
        if ($place -lt 0) { throw (Get-Contradiction "$Identity compares nothing that devices report") }
        $strict = if ($Value -ceq 'Block') { 0 } elseif ($Value -ceq 'Quarantine') { 10 } else { 20 }
        $rank += if ($Plan['evidence']['precedence'] -ceq 'strictest') { $strict + $place } else { 3 - $place }
    }
    if ($Kind -ceq 'mailbox' -or $Kind -ceq 'mobileDeviceMailboxPolicy' -or $Setting -ceq 'service') { $state = if ($Setting -ceq 'ActiveSyncAllowedDeviceIDs') { 'Allowed' } else { 'Blocked' } }
    elseif ($Kind -ceq 'organization' -and -not $Value) { $state = 'Allowed' }
    elseif ($Value -and $StateOfLevel.ContainsKey("$Value")) { $state = $StateOfLevel[$Value] }
    $key = if ($Kind -ceq 'deviceAccessRule') { "$Kind`n$Identity" } else { "$Kind`n$Setting" }
    return , @($rank, "$key`n$Identity`n$Value", $state, $Setting, $key)
}

function Add-Moment($Table, [string]$Key, [int]$Number, $Before, $After, $Found, $Left) {
    # What something is before the steps and after each that changes it; a step must find what the one before it left.
    $moments = $null
    if (-not $Table.TryGetValue($Key, [ref]$moments)) {
        $moments = [System.Collections.Generic.List[object]]::new()
        $moments.Add(@(0, $Before, $Found))
        $Table[$Key] = $moments
    }
    else {
        $last = $moments[$moments.Count - 1][2]
        $same = if ($last -is [string]) { $last.Equals($Found) } else { $last.SetEquals($Found) }
        if (-not $same) { throw (Get-Contradiction "step $Number finds what no step before it leaves") }
    }
    $moments.Add(@($Number, $After, $Left))
}

function Read-Moments($Evidence) {
    $compare = [System.StringComparer]::OrdinalIgnoreCase
    $moments = @{ Names = [System.Collections.Generic.Dictionary[string,string]]::new($compare); Main = [System.Collections.Generic.List[object]]::new() }
    foreach ($name in 'Rules', 'Default', 'Mailboxes', 'Gates') { $moments[$name] = [System.Collections.Generic.Dictionary[string,object]]::new($compare) }
    $moments.Main.Add(@(0, ''))
    foreach ($row in $Evidence['policies']) {
        $moments.Names[$row[0]] = $row[0]
        for ($i = 4; $i -lt $row.Count; $i++) { $moments.Names[$row[$i]] = $row[0] }
        $moments.Gates[$row[0]] = [System.Collections.Generic.List[object]]::new()
        $moments.Gates[$row[0]].Add(@(0, $row[1], "$($row[1])"))
        if ($row[3]) { $moments.Main[0] = @(0, $row[0]) }
    }
    $number = 0
    foreach ($step in $Plan['steps']) {
        $number++
        $kind, $action, $identity = $step['kind'], $step['action'], $step['identity']
        if ($kind -ceq 'deviceAccessRule' -and $Characteristics -cnotcontains $step['target']['Characteristic']) { continue }
        $level = @{ before = ''; after = '' }
        $gate = @{ before = $false; after = $false }
        foreach ($change in $step['changes']) {
            $name = $change['property']
            if (($action -ceq 'create' -and $null -ne $change['before']) -or ($action -ceq 'delete' -and $null -ne $change['after'])) { throw (Get-Contradiction "step $number is about an object that is not there") }
            if ($name -ceq 'AccessLevel') { $level = $change }
            elseif ($name -ceq 'AllowNonProvisionableDevices') { $gate = @{ before = $false -eq $change['before'] -and $null -ne $change['before']; after = $false -eq $change['after'] -and $null -ne $change['after']; there = $true } }
            elseif ($name -ceq 'IsDefault' -and $action -ceq 'update' -and $change['after'] -eq $true) { $moments.Main.Add(@($number, $identity)) }
            elseif ($kind -ceq 'organization' -and $name -ceq 'DefaultAccessLevel') {
                $ends = foreach ($side in 'before', 'after') { , (Get-Decider $kind $null $name $change[$side]) }
                Add-Moment $moments.Default 'default' $number $ends[0] $ends[1] "$($change['before'])" "$($change['after'])"
            }
            elseif ($kind -ceq 'mailbox' -and ($Rank.ContainsKey($name) -or $name -ceq 'ActiveSyncMailboxPolicy')) {
                if (-not $moments.Mailboxes.ContainsKey($identity)) { $moments.Mailboxes[$identity] = [System.Collections.Generic.Dictionary[string,object]]::new() }
                if ($change['kind'] -ceq 'strings') {
                    $before = ConvertTo-Set $change['before']
                    $after = ConvertTo-Set $change['after']
                    Add-Moment $moments.Mailboxes[$identity] $name $number $before $after $before $after
                }
                else { Add-Moment $moments.Mailboxes[$identity] $name $number $change['before'] $change['after'] "$($change['before'])" "$($change['after'])" }
            }
        }
        if ($kind -ceq 'deviceAccessRule') {
            $before = if ($action -ceq 'create') { $null } else { , (Get-Decider $kind $identity 'AccessLevel' "$($level['before'])") }
            $after = if ($action -ceq 'delete') { $null } else { , (Get-Decider $kind $identity 'AccessLevel' "$($level['after'])") }
            Add-Moment $moments.Rules $identity $number $before $after "$($level['before'])" "$($level['after'])"
        }
        elseif ($kind -ceq 'mobileDeviceMailboxPolicy' -and ($action -cne 'update' -or $gate.ContainsKey('there'))) {
            if (-not $moments.Gates.ContainsKey($identity)) { throw (Get-Contradiction "no row names policy $identity") }
            $before = if ($action -ceq 'create') { $null } else { $gate.before }
            $after = if ($action -ceq 'delete') { $null } else { $gate.after }
            Add-Moment $moments.Gates $identity $number $before $after "$before" "$after"
        }
    }
    foreach ($row in $Evidence['policies']) {
        $last = $moments.Gates[$row[0]][$moments.Gates[$row[0]].Count - 1]
        if (-not "$($row[2])".Equals($last[2])) { throw (Get-Contradiction "policy $($row[0]) ends otherwise") }
    }
    return $moments
}

function Get-At($Moments, [int]$Number) {
    for ($i = $Moments.Count - 1; $i -gt 0; $i--) { if ($Moments[$i][0] -le $Number) { break } }
    return , $Moments[$i][1]
}

function Get-Held($Moments, $Class) {
    # When the policy of its mailbox keeps the class out: which policy it is, and whether that one asks for more.
    $first = if ($Class[10] -ceq 'own') { $Class[11] } else { '' }
    $names = [System.Collections.Generic.List[object]]::new()
    $references = $null
    if ($null -ne $Class[8] -and $Moments.Mailboxes.ContainsKey($Class[8]) -and $Moments.Mailboxes[$Class[8]].TryGetValue('ActiveSyncMailboxPolicy', [ref]$references)) {
        foreach ($moment in $references) {
            $name = "$($moment[1])"
            if ($name -and $Moments.Names.ContainsKey($name)) { $name = $Moments.Names[$name] }
            $names.Add(@($moment[0], $name))
        }
    }
    else { $names.Add(@(0, $first)) }
    $governing = if ($first) { $first } else { $Moments.Main[0][1] }
    if (-not "$first".Equals($names[0][1]) -or -not "$governing".Equals("$($Class[11])")) { throw (Get-Contradiction "a class is held to another policy than its mailbox has") }
    $times = [System.Collections.Generic.SortedSet[int]]::new()
    foreach ($moment in @($names) + @($Moments.Main)) {
        [void]$times.Add($moment[0])
        if ($moment[1] -and $Moments.Gates.ContainsKey($moment[1])) { foreach ($other in $Moments.Gates[$moment[1]]) { [void]$times.Add($other[0]) } }
    }
    $found = [System.Collections.Generic.List[object]]::new()
    foreach ($time in $times) {
        $policy = Get-At $names $time
        if (-not $policy) { $policy = Get-At $Moments.Main $time }
        $refuses = $policy -and $Moments.Gates.ContainsKey($policy) -and (Get-At $Moments.Gates[$policy] $time)
        $decider = if ($refuses) { , (Get-Decider 'mobileDeviceMailboxPolicy' $policy 'AllowNonProvisionableDevices' $false) } else { $null }
        $found.Add(@($time, $decider))
    }
    return , $found
}

function Add-Canonical([System.Text.StringBuilder]$Text, $Value) {
    # A text that no other value has: each text with its length, each table in the order of its keys.
    if ($Value -is [System.Collections.IDictionary]) {
        [void]$Text.Append('{')
        $names = [string[]]@($Value.Keys)
        [System.Array]::Sort($names, [System.StringComparer]::Ordinal)
        foreach ($name in $names) {
            [void]$Text.Append($name).Append(':')
            $each = $Value[$name]
            if ($each -is [string]) { [void]$Text.Append($each.Length).Append("'").Append($each) } else { Add-Canonical $Text $each }
        }
        [void]$Text.Append('}')
    }
    elseif ($Value -is [System.Array]) {
        [void]$Text.Append('[')
        foreach ($each in $Value) {
            if ($each -is [string]) { [void]$Text.Append($each.Length).Append("'").Append($each) }
            elseif ($null -eq $each) { [void]$Text.Append('none;') }
            else { Add-Canonical $Text $each }
        }
        [void]$Text.Append(']')
    }
    elseif ($null -eq $Value) { [void]$Text.Append('none;') }
    elseif ($Value -is [bool]) { [void]$Text.Append($(if ($Value) { 'true;' } else { 'false;' })) }
    elseif ($Value -is [int] -or $Value -is [long]) { [void]$Text.Append($Value.ToString($Invariant)).Append(';') }
    else { throw (Get-Contradiction 'its table has a value that no plan has') }
}

function Assert-Table {
    # Before anything is added to it, the table is as it was written: `digest` is that of all other values but the part.
    $table = @{}
    foreach ($name in $Plan.Keys) { if ($name -cne 'digest' -and $name -cne 'part') { $table[$name] = $Plan[$name] } }
    $text = [System.Text.StringBuilder]::new()
    Add-Canonical $text $table
    $hash = Get-Sha256
    try { $digest = ConvertTo-Hex $hash.ComputeHash([System.Text.Encoding]::Unicode.GetBytes($text.ToString())) }
    finally { $hash.Dispose() }
    if (-not $digest.Equals($Plan['digest'])) { throw (Get-Contradiction 'the table of the script was edited') }
}

function Assert-Evidence {
    # Before the first change: the classes that the steps touch, each through all steps.
    $evidence = $Plan['evidence']
    if ($null -eq $evidence) { return }
    $moments = Read-Moments $evidence
    $deciders = [System.Collections.Generic.List[object]]::new()
    foreach ($row in $evidence['deciders']) { $deciders.Add((Get-Decider $row[0] $row[1] $row[2] $row[3])) }
    $ofMailbox = @{}
    foreach ($name in @($Rank.Keys)) { if ($Rank[$name] -in 200, 500, 600) { $ofMailbox[$name] = Get-Decider 'mailbox' $null $name $null } }
    $steps = @($Plan['steps'])
    $count = $steps.Count
    $opens = [long[]]::new($count + 1)
    $closes = [long[]]::new($count + 1)
    $devices = [long]$evidence['others']
    $flapping = $false
    $number = 0
    foreach ($row in $Plan['classes']) {
        $number++
        $class = [object[]]::new(12)
        [System.Array]::Copy($row, $class, $row.Count)
        if ($class[0] -lt 0 -or $class[1] -lt 0 -or $class[1] -ge $deciders.Count -or $class[2] -lt 0 -or $class[2] -ge $deciders.Count) { throw (Get-Contradiction "class $number is malformed") }
        if (($null -ne $class[8] -and -not $moments.Mailboxes.ContainsKey($class[8])) -or $class[10] -notin $null, 'own', 'default') { throw (Get-Contradiction "class $number is malformed") }
        $devices += $class[0]
        $ends = $deciders[$class[1]], $deciders[$class[2]]
        # What the steps change of what can decide about it, by a key that what decides at the ends has too.
        $slots = @{}
        $own = @{}
        for ($i = 0; $i -lt 4; $i++) {
            if ($null -eq $class[$i + 4]) { continue }
            $name = "$($class[$i + 4]) ($($Characteristics[$i]))"
            $key = "deviceAccessRule`n$name"
            $own[$key] = $true
            if ($moments.Rules.ContainsKey($name)) { $slots[$key] = $moments.Rules[$name] }
            elseif (-not $key.Equals($ends[0][4]) -and -not $key.Equals($ends[1][4])) { throw (Get-Contradiction "class ${number}: nothing names a value of it") }
        }
        if ($moments.Default.ContainsKey('default')) { $slots["organization`nDefaultAccessLevel"] = $moments.Default['default'] }
        if ($null -ne $class[10]) { $slots["mobileDeviceMailboxPolicy`nAllowNonProvisionableDevices"] = Get-Held $moments $class }
        $isListed = $null -eq $class[9]
        if ($null -ne $class[8]) {
            foreach ($pair in $moments.Mailboxes[$class[8]].GetEnumerator()) {
                $name = $pair.Key
                if ($name -ceq 'ActiveSyncMailboxPolicy') { continue }
                $decider = $ofMailbox[$name]
                if ($decider[0] -gt 200) {
                    if ($null -eq $class[9]) { continue }
                    $list = foreach ($moment in $pair.Value) {
                        $holds = $moment[1].Contains($class[9])
                        $isListed = $isListed -or $holds
                        , @($moment[0], $(if ($holds) { , $decider } else { $null }))
                    }
                }
                elseif ($name -cne $ends[0][3] -and $name -cne $ends[1][3]) { continue }
                else { $list = foreach ($moment in $pair.Value) { , @($moment[0], $(if ($moment[1] -is [bool] -and -not $moment[1]) { , $decider } else { $null })) } }
                $slots[$decider[4]] = $list
            }
        }
        if (-not $isListed) { throw (Get-Contradiction "class ${number}: no list that a step changes has its device") }
        foreach ($end in $ends) {
            $key = $end[4]
            if ($slots.ContainsKey($key)) { continue }
            if (($key.StartsWith('deviceAccessRule', [System.StringComparison]::Ordinal) -and -not $own.ContainsKey($key)) -or ($end[0] -eq 400 -and $moments.Gates.Count -gt 0)) { throw (Get-Contradiction "class ${number}: what decides about it cannot") }
            $slots[$key] = , @(0, $end)
        }
        $limit = [Math]::Max($ends[0][0], $ends[1][0])
        $times = [System.Collections.Generic.SortedSet[int]]::new()
        foreach ($list in $slots.Values) { foreach ($moment in $list) { [void]$times.Add($moment[0]) } }
        $smooth = $class[3] -le 0 -or $times.Contains($class[3])
        $best = $null
        foreach ($time in $times) {
            $best = $null
            foreach ($list in $slots.Values) {
                for ($i = $list.Count - 1; $i -gt 0; $i--) { if ($list[$i][0] -le $time) { break } }
                $found = $list[$i][1]
                if ($null -ne $found -and $found[0] -le $limit -and ($null -eq $best -or $found[0] -lt $best[0])) { $best = $found }
            }
            if ($time -eq 0 -and ($null -eq $best -or -not $best[1].Equals($ends[0][1]))) { throw (Get-Contradiction "class ${number}: something else decides before the first step") }
            $wanted = if ($class[3] -gt 0 -and $time -ge $class[3]) { $ends[1][2] } else { $ends[0][2] }
            if ($null -eq $best -or -not $best[2].Equals($wanted)) { $smooth = $false }
        }
        if ($null -eq $best -or -not $best[1].Equals($ends[1][1])) { throw (Get-Contradiction "class ${number}: something else decides after the last step") }
        $switches = -not $ends[0][2].Equals($ends[1][2])
        if ($class[3] -lt 0) { $flapping = $true }
        if ($smooth -ne ($class[3] -ge 0) -or ($class[3] -ge 0 -and $switches -ne ($class[3] -gt 0))) { throw (Get-Contradiction "class ${number}: it switches elsewhere") }
        if ($class[3] -gt 0) {
            if ($ends[1][2] -ceq 'Allowed') { $opens[$class[3]] += $class[0] }
            if ($ends[0][2] -ceq 'Allowed') { $closes[$class[3]] += $class[0] }
        }
    }
    if ($devices -ne $evidence['devices']) { throw (Get-Contradiction 'the classes are not all devices') }
    for ($i = 1; $i -le $count -and -not $flapping; $i++) {
        $step = $steps[$i - 1]
        if ($opens[$i] -ne $step['opens'] -or $closes[$i] -ne $step['closes']) { throw (Get-Contradiction "step $($step['id']) lets in or keeps out others than the classes that switch there") }
    }
}

# ---- before the first step ---------------------------------------------------------------------------------------------

function Read-Steps {
    # The rows of the table as tables. What kind of value a setting has is said once, by the kind of object.
    $Plan['steps'] = @(foreach ($row in $Plan['steps']) {
            $kind = $Kinds[$row[2]]
            $target = @{}
            for ($i = 0; $i -lt $kind['target'].Count; $i++) { $target[$kind['target'][$i]] = $row[5][$i] }
            $changes = [object[]]::new($row.Count - 8)
            for ($i = 8; $i -lt $row.Count; $i++) {
                $change = @{ property = $row[$i][0]; kind = $kind['settings'][$row[$i][0]]; before = $row[$i][1]; after = $row[$i][2] }
                if ($row[$i].Count -eq 4) { $change['after'] = Get-Edited $row[$i][1] $row[$i][2] $row[$i][3] }
                $changes[$i - 8] = $change
            }
            $identity = if ($null -eq $row[4]) { $row[5][0] } else { $row[4] }
            @{ id = $row[0]; action = $row[1]; kind = $row[2]; identity = $identity; target = $target; opens = $row[6]; closes = $row[7]; changes = $changes }
        })
}

function Get-Edited($Before, $Gone, $Added) {
    # A list without the items that go and with those that come, each by its very letters.
    $left = [System.Collections.Generic.List[string]]::new()
    $out = [System.Collections.Generic.HashSet[string]]::new([string[]]$Gone, [System.StringComparer]::Ordinal)
    foreach ($item in $Before) { if (-not $out.Contains($item)) { $left.Add($item) } }
    foreach ($item in $Added) { $left.Add($item) }
    return , [object[]]$left.ToArray()
}

function Select-Steps {
    # The chosen steps in the order of the plan; an unknown id stops the run. `-File` hands over "a,b" as one text. A choice that
    # comes out empty, as from a variable that was never set, is none: it must not mean everything.
    $steps = @($Plan['steps'])
    $from, $end = Get-PartRange
    $known = ConvertTo-Set @(for ($index = $from; $index -lt $end; $index++) { $steps[$index]['id'] })
    $chosen = $known
    if ($Given.ContainsKey('StepId')) {
        $chosen = ConvertTo-Set @(foreach ($text in @($StepId)) { foreach ($id in "$text".Split(',')) { $id.Trim() } })
        if ($chosen.Count -eq 0) { throw '-StepId is given, but names no step; nothing was changed' }
    }
    $last = "$Until".Trim()
    if ($Given.ContainsKey('Until') -and -not $last) { throw '-Until is given, but names no step; nothing was changed' }
    foreach ($id in @($chosen) + @($last)) {
        if ($id -and -not $known.Contains($id)) { throw "$(if ($null -ne $Plan['part']) { 'this part of ' })the plan has no step $id" }
    }
    $selected = [System.Collections.Generic.List[object]]::new()
    $past = $false
    $index = 0
    foreach ($step in $steps) {
        $step['index'] = $index++
        $step['chosen'] = -not $past -and $chosen.Contains($step['id'])
        if ($step['chosen']) { $selected.Add($step); $step['number'] = $selected.Count }
        if (Test-SameText $step['id'] $last) { $past = $true }
    }
    if ($selected.Count -eq 0 -and $steps.Count -gt 0) { throw "-StepId and -Until together choose no step: $last comes before all of -StepId" }
    return , $selected
}

function Get-PartRange {
    # The first step that this script may take, and the one after the last.
    if ($null -eq $Plan['part']) { return 0, @($Plan['steps']).Count }
    return $Plan['part']['from'], $Plan['part']['until']
}

function Assert-EarlierParts {
    # In the order of the plan everybody has the old or the new access after each step. A part alone has no such order.
    $from, $null = Get-PartRange
    if ($from -eq 0) { return }
    $departures = Find-Departures $Plan['steps'] $from $(if ($Run.Dry) { 0 } else { [Math]::Min($ReadBackSeconds, 10) })
    if ($departures.Count -eq 0) { return }
    $message = "the parts before this one come first, and not all of their steps are done: $(Get-Departed $departures)"
    if (-not $Run.Dry) { throw "$message; nothing was changed" }
    $Run.Stop = "would stop before the first step: $message"
    $Run.Early = "; $($Run.Stop)"
    $Run.Conflicts++
    Show-Line $Run.Stop
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
    $from, $null = Get-PartRange
    for ($index = 0; $index -lt $from; $index++) {
        $reader = $Kinds[$Plan['steps'][$index]['kind']]['cmdlets']['read']
        if (-not $needs.ContainsKey($reader)) { $needs[$reader] = @{} }
    }
    foreach ($step in $Steps) {
        $cmdlet = Get-Cmdlet $step
        $reader = $Kinds[$step['kind']]['cmdlets']['read']
        foreach ($name in $cmdlet, $reader) { if (-not $needs.ContainsKey($name)) { $needs[$name] = @{} } }
        if ($step['kind'] -eq 'mailbox') { $needs[$reader]['Identity'] = $true }
        if ($step['kind'] -eq 'mobileDeviceMailboxPolicy' -and $step['action'] -eq 'delete' -and -not $needs.ContainsKey('Get-CASMailbox')) { $needs['Get-CASMailbox'] = @{} }
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

function Assert-Target {
    # The session is the one that the plan is for, by everything that the plan and the session say of it.
    Assert-Tenant
    Assert-Organization
    $Run.CheckedAt = [System.Diagnostics.Stopwatch]::StartNew()
}

function Assert-Tenant {
    if (-not $Plan['tenant'] -and -not $Plan['organizationGuid']) { throw 'the plan names neither a tenant nor an organization, so it cannot be told whether this session is the right one: export again, and make a new plan' }
    $delegated = Get-RowText $Session.Row 'DelegatedOrganization'
    if ($delegated -and $Plan['organization'] -and -not (Test-SameText $delegated $Plan['organization'])) {
        throw "connected to $delegated by delegation, the plan is for $($Plan['organization'])"
    }
    if ($null -ne $Session.Row -and -not (Get-RowModule $Session.Row) -and -not $Plan['organizationGuid']) {
        throw 'the connection does not say which module its cmdlets are in, and the plan names no organization to tell them by: update the module ExchangeOnlineManagement, connect again, and export again'
    }
    if (-not $Plan['tenant']) { return }
    $tenant = Get-RowText $Session.Row 'TenantID'
    if ($tenant) {
        if (-not (Test-SameGuid $tenant $Plan['tenant'])) { throw "connected to tenant $tenant, the plan is for $($Plan['tenant'])" }
        return
    }
    $missing = if ($null -eq $Session.Row) { 'this session does not say which tenant it is connected to' } else { 'the connection does not say its tenant' }
    if (-not $Plan['organizationGuid']) { throw "$missing, and the plan names nothing else to tell it by: connect again" }
    Show-Warning "$missing; the organization settings are compared instead"
}

function Assert-Organization {
    if (-not $Plan['organizationGuid']) { return }
    $object = Read-OrganizationSettings
    $Run.Home = Get-Server $object
    $guid = ConvertTo-Text (Get-Value $object 'Guid')
    if (-not (Test-SameGuid $guid $Plan['organizationGuid'])) {
        throw "connected to another organization: its mobile settings have Guid '$guid', the plan is for $($Plan['organizationGuid'])"
    }
}

# ---- the run -----------------------------------------------------------------------------------------------------------

function Invoke-Plan {
    if ($Unattended -and $Given.ContainsKey('Confirm') -and $Given['Confirm']) { throw '-Unattended and -Confirm contradict each other' }
    Assert-Table
    Read-Steps
    $steps = Select-Steps
    $Run.Steps = $steps
    if ($Given.ContainsKey('Report')) { Open-Report }
    if (-not $Run.Dry) { Open-Journal }
    Connect-Lists
    Show-Line "policylint $($Plan['tool']): plan $($Plan['fingerprint']), $(Get-Scope)"
    Assert-Age
    Assert-Evidence
    $needs = Get-Requirements $steps
    if ($Connect) { Connect-Exchange $Plan['edition'] (@($needs.Keys) + 'Get-ActiveSyncOrganizationSettings' + 'Get-MobileDeviceMailboxPolicy') }
    Open-Session $Plan['edition']
    Write-FirstLine
    Assert-Session $needs
    Assert-Target
    Assert-EarlierParts
    $Run.Outcome = 'failed'
    $Run.Going = -not $Run.Dry
    Open-Progress
    foreach ($step in $steps) {
        # Steps that need nothing are quick, and say nothing about those after the first change.
        if (-not $Run.Dry -and $Run.Changes -eq 0) {
            $Progress.Begun = $Progress.Clock.ElapsedMilliseconds
            $Progress.From = -1
        }
        try {
            if ($Run.Dry) { Test-Step $step } else { Invoke-Step $step }
        }
        catch {
            if (-not $Run.Dry -and -not $Run.ContainsKey('Journalled')) { Write-Failure (Get-Outcome $_) $step $_.Exception.Message }
            throw
        }
        if ($Progress.From -lt 0 -and $Run.Changes -gt 0) { $Progress.From = $step['number'] - 1 }
        Show-Place $step
    }
    if ($Run.Dry) { Complete-DryRun } else { Complete-Run }
}

function Show-Place($Step) {
    # How far the run is: as a bar where somebody looks, else as a line now and then.
    $done = $Step['number']
    $total = $Run.Steps.Count
    if (Test-Progress) { Show-Progress "$($Step['id']), $(Get-Number $Run.Changes) $(if ($Run.Dry) { 'would change' } else { 'changed' })" $done $total; return }
    $now = $Progress.Clock.ElapsedMilliseconds
    if ($done -eq $total -or ($done % 100 -ne 0 -and $now - $Run.Said -lt 30000)) { return }
    $Run.Said = $now
    Show-Line "$($Step['id']), step $(Get-Number $done) of $(Get-Number $total): $(Get-Number $Run.Changes) $(if ($Run.Dry) { 'would change' } else { 'changed' })$(Get-TimeLeft $done $total)"
}

function Complete-Run {
    $summary = "$($Run.Changes) changed, $($Run.AlreadySo) already so"
    try { $departures = Find-Departures $Run.Steps ([int]::MaxValue) $ReadBackSeconds }
    catch { throw "$summary, but whether all is still so could not be read: $($_.Exception.Message); run the script again" }
    if ($departures.Count -gt 0) {
        $Run.Outcome = 'conflict'
        throw "$summary, but $(Get-Number $departures.Count 'object') changed meanwhile: $(Get-Departed $departures)"
    }
    Write-Journal 'end' @{ Message = $summary; Outcome = 'done'; Summary = (Get-Summary) }
    $Run.Finished = $true
    Show-Line "finished: $summary in $(Get-Duration $Run.Clock.Elapsed), and all is as planned"
}

function Complete-DryRun {
    $summary = "$($Run.Changes) would change, $($Run.AlreadySo) already so, $($Run.Conflicts) would stop the run$($Run.Early)"
    if ($Run.ContainsKey('Report')) { Write-Report $summary }
    Show-Line "nothing was changed: $summary"
    $Run.Finished = $true
    if ($null -ne $Run.Stop) { throw $Run.Stop }
}

$failure = $null
try {
    Invoke-Plan
}
catch {
    $failure = $_
    Show-Detail $_.ScriptStackTrace
    if ($Run.ContainsKey('Report') -and -not $Run.Report.Written) {
        $Run.Stop = "stopped: $($_.Exception.Message)"
        Write-Report $Run.Stop
    }
    if (-not $Run.ContainsKey('Journalled')) { Write-LastLine 'failed' @{ Message = $_.Exception.Message; Outcome = $Run.Outcome } }
    $Run.Finished = $true
    if ($Run.Going) {
        $summary = Get-Summary
        Show-Line "$(Get-Number $summary.changed) changed, $(Get-Number $summary.alreadySo) already so, $(Get-Number $summary.left) left; journal: $($Run.JournalFile)"
    }
}
finally {
    # Also reached by Ctrl-C, which no catch block sees.
    if ($null -ne $Run.Journal) {
        if (-not $Run.Finished) { Write-LastLine 'failed' @{ Message = 'interrupted'; Outcome = 'interrupted' } }
        # What could not be written is tried once more by closing.
        try { $Run.Journal.Dispose() }
        catch { Show-Detail $_.Exception.Message }
    }
    if ($Run.ContainsKey('Report')) { $Run.Report.Stream.Dispose() }
    Close-Session
    Close-Progress
}
if ($null -ne $failure) {
    Write-FinalError $failure
    exit 1
}
exit 0
