# A fake of the Exchange cmdlets that policylint's scripts use: real names, parameters, validation, prompts and failures.
# State is the JSON of a snapshot (section 3 of the format: organization, deviceAccessRules, mobileDeviceMailboxPolicies,
# mailboxes, devices; values as text). Options say which edition it looks like and what goes wrong; both come as arguments,
# or from FAKE_EXCHANGE_STATE (path) and FAKE_EXCHANGE_OPTIONS (JSON) so that a plain `pwsh -File` can load the module itself.
#
# Options, all optional:
#   edition        exchange-online (default) or any other name for the on-premises shape
#   without        cmdlets and parameters that role-based access leaves out: "Get-MobileDevice", "Set-CASMailbox -Name"
#   connections, connected, moduleVersion    what the module ExchangeOnlineManagement is and shows: see there; on-premises there
#                  is none unless connections are given
#   resultSize     default of -ResultSize, 1000 if left out
#   reference      how an on-premises mailbox shows its policy: name (default), dn, guid or path
#   hide           properties that no object shows, such as Guid
#   hashtables     objects come as hashtables
#   lists          array (default), single (one element as a bare string, none as null) or collection
#   failAt, failAfter, throttleAt, throttleAfter, ignoreAt     numbers of changing calls (from 1): fail before or after taking
#                  effect, be throttled before or after it, pretend success
#   throttleReadAt, failReadAt     numbers of reading calls that are throttled or fail
#   interfere      changes behind the script's back: {at: number of the changing call | atRead: number of the reading call,
#                  section, match: {property: text}, set: {property: value} or remove: true or add: {property: value}}
#   lag            how many reads after a change still show the old state
#   slow           milliseconds that each changing call takes
#   saveEach       write the state file after every change (for runs that are killed)
param([string]$StatePath = $env:FAKE_EXCHANGE_STATE, $Options = $null, [string[]]$Only = @())

Set-StrictMode -Version 3.0

enum DeviceAccessLevel { Allow; Block; Quarantine }
enum DeviceAccessCharacteristic { DeviceModel; DeviceType; DeviceOS; UserAgent; XMSWLHeader }

class ExchangeText {
    # Stands for Unlimited, ByteQuantifiedSize, ADObjectId, SmtpAddress: an object whose text is all that can be relied on.
    hidden [string]$Text
    [bool]$IsNested = $true
    ExchangeText([string]$text) { $this.Text = $text }
    [string] ToString() { return $this.Text }
}

class MultiValuedProperty : System.Collections.ArrayList {
    MultiValuedProperty([object[]]$items) : base($items) { }
    [string] ToString() { return 'Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]' }
}

if ($null -eq $Options) { $Options = if ($env:FAKE_EXCHANGE_OPTIONS) { ConvertFrom-Json -InputObject $env:FAKE_EXCHANGE_OPTIONS } else { @{} } }

function Get-Option([string]$Name, $Default) {
    $value = $null
    if ($Options -is [System.Collections.IDictionary]) { $value = $Options[$Name] } elseif ($Options.PSObject.Properties[$Name]) { $value = $Options.$Name }
    if ($null -eq $value) { return , $Default }
    return , $value
}

$Online = (Get-Option 'edition' 'exchange-online') -eq 'exchange-online'
$Counters = @{ Changes = 0; Reads = 0; Lag = 0 }
$Calls = [System.Collections.Generic.List[object]]::new()
$Sections = 'deviceAccessRules', 'mobileDeviceMailboxPolicies', 'mailboxes', 'devices'

# ---- what each object can be set to: kind, then the values or the range ------------------------------------------------

$OrganizationParameters = [ordered]@{
    AdminMailRecipients = 'strings'; AllowAccessForUnSupportedPlatform = 'bool'; AllowRMSSupportForUnenlightenedApps = 'bool'
    DefaultAccessLevel = 'enum:Allow,Block,Quarantine'; OtaNotificationMailInsert = 'string:256'; UserMailInsert = 'string:256'
    EnableMobileMailboxPolicyWhenCAInplace = 'bool online'; TenantAdminPreference = 'string online'
}
$RuleParameters = [ordered]@{
    AccessLevel = 'enum:Allow,Block,Quarantine'; Characteristic = 'enum:DeviceModel,DeviceType,DeviceOS,UserAgent,XMSWLHeader'; QueryString = 'string'
}
$MailboxParameters = [ordered]@{
    ActiveSyncEnabled = 'bool'; ActiveSyncMailboxPolicy = 'policy-ref'; ActiveSyncAllowedDeviceIDs = 'strings'; ActiveSyncBlockedDeviceIDs = 'strings'
    ActiveSyncSuppressReadReceipt = 'bool'; ActiveSyncDebugLogging = 'bool'; OWAEnabled = 'bool'; OWAforDevicesEnabled = 'bool'
    OutlookMobileEnabled = 'bool online'; UniversalOutlookEnabled = 'bool online'; MacOutlookEnabled = 'bool online'; OneWinNativeOutlookEnabled = 'bool online'
}
$PolicyParameters = [ordered]@{
    AllowBluetooth = 'enum:Disable,HandsfreeOnly,Allow'; AllowSMIMEEncryptionAlgorithmNegotiation = 'enum:BlockNegotiation,OnlyStrongAlgorithmNegotiation,AllowAnyAlgorithmNegotiation'
    MaxCalendarAgeFilter = 'enum:All,TwoWeeks,OneMonth,ThreeMonths,SixMonths'; MaxEmailAgeFilter = 'enum:All,OneDay,ThreeDays,OneWeek,TwoWeeks,OneMonth'
    RequireEncryptionSMIMEAlgorithm = 'enum:TripleDES,DES,RC2128bit,RC264bit,RC240bit'; RequireSignedSMIMEAlgorithm = 'enum:SHA1,MD5'
    MinPasswordLength = 'nullable-int:1-16'; MinPasswordComplexCharacters = 'int:1-4'; PasswordHistory = 'int:0-50'
    MaxPasswordFailedAttempts = 'unlimited-int:4-16'; MaxEmailBodyTruncationSize = 'unlimited-int:0-2147483647'; MaxEmailHTMLBodyTruncationSize = 'unlimited-int:0-2147483647'
    MaxInactivityTimeLock = 'unlimited-timespan:00:01:00-01:00:00'; PasswordExpiration = 'unlimited-timespan:1.00:00:00-730.00:00:00'
    DevicePolicyRefreshInterval = 'unlimited-timespan'; MaxAttachmentSize = 'unlimited-bytes:0-2147482624'
    ApprovedApplicationList = 'strings'; UnapprovedInROMApplicationList = 'strings'
    AllowApplePushNotifications = 'bool online'; AllowGooglePushNotifications = 'bool online'; AllowMicrosoftPushNotifications = 'bool online'
}
foreach ($name in ('AllowBrowser AllowCamera AllowConsumerEmail AllowDesktopSync AllowExternalDeviceManagement AllowHTMLEmail AllowInternetSharing AllowIrDA ' +
        'AllowMobileOTAUpdate AllowNonProvisionableDevices AllowPOPIMAPEmail AllowRemoteDesktop AllowSimplePassword AllowSMIMESoftCerts AllowStorageCard ' +
        'AllowTextMessaging AllowUnsignedApplications AllowUnsignedInstallationPackages AllowWiFi AlphanumericPasswordRequired AttachmentsEnabled ' +
        'DeviceEncryptionEnabled IrmEnabled IsDefault PasswordEnabled PasswordRecoveryEnabled RequireDeviceEncryption RequireEncryptedSMIMEMessages ' +
        'RequireManualSyncWhenRoaming RequireSignedSMIMEMessages RequireStorageCardEncryption UNCAccessEnabled WSSAccessEnabled').Split(' ')) {
    $PolicyParameters[$name] = 'bool'
}
$FreshPolicy = @{
    AllowBluetooth = 'Allow'; AllowSMIMEEncryptionAlgorithmNegotiation = 'AllowAnyAlgorithmNegotiation'; MaxCalendarAgeFilter = 'All'; MaxEmailAgeFilter = 'All'
    RequireEncryptionSMIMEAlgorithm = 'TripleDES'; RequireSignedSMIMEAlgorithm = 'SHA1'; MinPasswordLength = $null; MinPasswordComplexCharacters = '1'; PasswordHistory = '0'
    AllowExternalDeviceManagement = 'False'; AttachmentsEnabled = 'True'; IrmEnabled = 'True'; UNCAccessEnabled = 'True'; WSSAccessEnabled = 'True'
}
$ReadOnly = @{ ActiveSyncMailboxPolicyIsDefaulted = 'bool'; HasActiveSyncDevicePartnership = 'bool'; IsManaged = 'bool'; IsCompliant = 'bool'; IsDisabled = 'bool'
    Guid = 'guid'; ExternalDirectoryObjectId = 'string'; WhenCreatedUTC = 'datetime'; WhenChangedUTC = 'datetime'; FirstSyncTime = 'datetime'; LastSuccessSync = 'datetime'
}

function Get-Kind([string]$Name) {
    foreach ($table in $OrganizationParameters, $RuleParameters, $MailboxParameters, $PolicyParameters, $ReadOnly) {
        if ($table.Contains($Name)) { return ($table[$Name] -split '[: ]')[0] }
    }
    return 'string'
}

# ---- state -------------------------------------------------------------------------------------------------------------

function ConvertTo-StateText($Value) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [datetime]) { return $Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ') }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) { return , [string[]]@(foreach ($item in $Value) { [string]$item }) }
    return [string]$Value
}

function ConvertTo-StateRow($Row) {
    $state = [ordered]@{}
    foreach ($property in $Row.PSObject.Properties) { $state[$property.Name] = ConvertTo-StateText $property.Value }
    return $state
}

function Import-State([string]$Path) {
    $json = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($Path))
    $state = @{ organization = (ConvertTo-StateRow $json.organization); header = $null }
    if ($json.PSObject.Properties['header']) { $state.header = $json.header }
    foreach ($section in $Sections) {
        $rows = [System.Collections.Generic.List[object]]::new()
        foreach ($row in $json.$section) { $rows.Add((ConvertTo-StateRow $row)) }
        $state[$section] = $rows
    }
    return $state
}

function Copy-State {
    $copy = @{ header = $State.header; organization = [ordered]@{} + $State.organization }
    foreach ($section in $Sections) {
        $copy[$section] = [System.Collections.Generic.List[object]]::new()
        foreach ($row in $State[$section]) { $fresh = [ordered]@{}; foreach ($key in $row.Keys) { $fresh[$key] = $row[$key] }; $copy[$section].Add($fresh) }
    }
    return $copy
}

function Save-FakeExchange([string]$Path = $StatePath) {
    # The state in the layout it was read from, without a seal; `calls` lists the changing calls in order.
    $all = [ordered]@{ header = $State.header; organization = $State.organization }
    foreach ($section in $Sections) { $all[$section] = @($State[$section]) }
    $all['calls'] = @($Calls)
    [System.IO.File]::WriteAllText($Path, (ConvertTo-Json -InputObject $all -Depth 6 -Compress))
}

$State = if ($StatePath) { Import-State $StatePath } else { $null }
$Old = $null

function Find-Rows([string]$Section, $Identity) {
    $text = [string]$Identity
    foreach ($row in $State[$Section]) {
        foreach ($key in 'Identity', 'Guid', 'Name', 'DistinguishedName', 'PrimarySmtpAddress', 'ExternalDirectoryObjectId') {
            if ($row.Contains($key) -and [string]::Equals($row[$key], $text, 'OrdinalIgnoreCase')) { $row; break }
        }
    }
}

function Invoke-Interference([string]$Moment, [int]$Number) {
    foreach ($deed in (Get-Option 'interfere' @())) {
        if (-not $deed.PSObject.Properties[$Moment] -or $deed.$Moment -ne $Number) { continue }
        if ($deed.PSObject.Properties['add']) { $State[$deed.section].Add((ConvertTo-StateRow $deed.add)); continue }
        $rows = if ($deed.section -eq 'organization') { @($State.organization) } else { @($State[$deed.section]) }
        foreach ($row in $rows) {
            $wrong = @(foreach ($wanted in $deed.match.PSObject.Properties) { if ($row[$wanted.Name] -ne $wanted.Value) { $wanted } })
            if ($wrong.Count -gt 0) { continue }
            if ($deed.PSObject.Properties['remove']) { [void]$State[$deed.section].Remove($row) }
            else { foreach ($change in $deed.set.PSObject.Properties) { $row[$change.Name] = ConvertTo-StateText $change.Value } }
        }
    }
}

# ---- the shape of what Get- cmdlets return -----------------------------------------------------------------------------

function Get-DefaultPolicy { foreach ($policy in $State['mobileDeviceMailboxPolicies']) { if ($policy['IsDefault'] -eq 'True') { return $policy } } }

function Format-List_([object[]]$Items) {
    switch (Get-Option 'lists' $(if ($Online) { 'array' } else { 'collection' })) {
        'single' { if ($Items.Count -eq 0) { return $null } elseif ($Items.Count -eq 1) { return $Items[0] } else { return , $Items } }
        'collection' { return , ([MultiValuedProperty]::new(@(foreach ($item in $Items) { [ExchangeText]::new($item) }))) }
        default { return , $Items }
    }
}

function Format-Value([string]$Name, $Value) {
    $kind = Get-Kind $Name
    if ($kind -eq 'strings') { return , (Format-List_ @($Value | Where-Object { $null -ne $_ })) }
    if ($null -eq $Value) { if ($kind -eq 'string' -and -not $Online) { return '' } else { return $null } }
    if ($kind -eq 'datetime' -and $Value -eq '') { return $null }
    switch ($kind) {
        'bool' { return $Value -eq 'True' }
        'int' { return [int]$Value }
        'nullable-int' { return [int]$Value }
        'guid' { return [guid]$Value }
        'datetime' { return ([datetime]::Parse($Value, [cultureinfo]::InvariantCulture, 'AdjustToUniversal, AssumeUniversal')) }
    }
    if ($Online) { return $Value }
    if ($Name -in 'AccessLevel', 'DefaultAccessLevel') { return [DeviceAccessLevel]$Value }
    if ($Name -eq 'Characteristic') { return [DeviceAccessCharacteristic]$Value }
    if ($kind -ne 'string' -or $Name -in 'Identity', 'PrimarySmtpAddress', 'DeviceAccessControlRule') { return [ExchangeText]::new($Value) }
    return $Value
}

function Format-PolicyReference($Row) {
    $policy = if ($Row['ActiveSyncMailboxPolicyIsDefaulted'] -eq 'True') { Get-DefaultPolicy } else { @(Find-Rows 'mobileDeviceMailboxPolicies' $Row['ActiveSyncMailboxPolicy'])[0] }
    if ($null -eq $policy) { return $Row['ActiveSyncMailboxPolicy'] }
    switch (Get-Option 'reference' 'name') {
        'dn' { return $policy['DistinguishedName'] }
        'guid' { return $policy['Guid'] }
        'path' { return 'contoso.com/Configuration/Mobile Mailbox Policies/' + $policy['Name'] }
        default { return $policy['Name'] }
    }
}

function Format-Row($Row) {
    $shown = [ordered]@{}
    foreach ($name in $Row.Keys) {
        if ($name -in (Get-Option 'hide' @())) { continue }
        $value = if ($name -eq 'ActiveSyncMailboxPolicy') { Format-PolicyReference $Row } else { $Row[$name] }
        $shown[$name] = Format-Value $name $value
    }
    if (Get-Option 'hashtables' $false) { return @{} + $shown }
    return [pscustomobject]$shown
}

function Read-Rows([string]$Section, $Bound, $Cmdlet) {
    $Counters.Reads++
    if ($Counters.Reads -in (Get-Option 'throttleReadAt' @())) { throw 'HTTP 429: Too many requests. Please wait and try again later.' }
    if ($Counters.Reads -in (Get-Option 'failReadAt' @())) { Write-Failure $Cmdlet 'An Active Directory error occurred.'; return }
    Invoke-Interference 'atRead' $Counters.Reads
    $current = $State
    if ($Counters.Lag -gt 0 -and $null -ne $Old) { $Counters.Lag--; $script:State = $Old }
    try {
        $identity = if ($Bound.ContainsKey('Identity')) { $Bound['Identity'] } else { $null }
        if ($Section -eq 'organization') { $rows = @($State.organization) }
        elseif ($null -eq $identity -or [string]$identity -eq '') { $rows = $State[$Section] }
        else {
            $rows = @(Find-Rows $Section $identity)
            if ($rows.Count -eq 0) {
                Write-Failure $Cmdlet "The operation couldn't be performed because object '$identity' couldn't be found on 'DC01.contoso.com'." 'ObjectNotFound'
                return
            }
        }
        if ($Bound.ContainsKey('Mailbox')) {
            $owner = @(Find-Rows 'mailboxes' $Bound['Mailbox'])
            if ($owner.Count -ne 1) { Write-Failure $Cmdlet "The mailbox '$($Bound['Mailbox'])' couldn't be found." 'ObjectNotFound'; return }
            $rows = @(foreach ($row in $rows) { if ($row['mailbox'] -eq $owner[0]['PrimarySmtpAddress']) { $row } })
        }
        $limit = if ($Bound.ContainsKey('ResultSize')) { [string]$Bound['ResultSize'] } else { [string](Get-Option 'resultSize' 1000) }
        if ($Section -notin 'mailboxes', 'devices' -or $limit -eq 'Unlimited') { $limit = [int]::MaxValue }
        $count = 0
        foreach ($row in $rows) {
            if ($count++ -ge [int]$limit) {
                Write-Warning 'There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.'
                break
            }
            Format-Row $row
        }
    }
    finally {
        $script:State = $current
    }
}

function Write-Failure($Cmdlet, [string]$Message, [string]$Category = 'InvalidOperation') {
    # Exchange cmdlets report most failures as errors that do not terminate by themselves.
    $Cmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.InvalidOperationException]::new($Message), 'FakeExchange', $Category, $null))
}

# ---- changing ----------------------------------------------------------------------------------------------------------

$CommonNames = 'Identity', 'Confirm', 'WhatIf', 'ErrorAction', 'Verbose', 'Debug', 'WarningAction', 'Force'

function ConvertFrom-Parameter([string]$Spec, [string]$Name, $Value, $Present) {
    # The text to keep, after the checks that Exchange makes itself rather than leaving them to the binder.
    $kind, $range = ($Spec -split ' ')[0] -split ':', 2
    switch -Wildcard ($kind) {
        'strings' { return , [string[]]@(Edit-List $Name $Value $Present) }
        'bool' { return $(if ($Value) { 'True' } else { 'False' }) }
        'enum' { return ($range -split ',' | Where-Object { $_ -eq [string]$Value }) }
        'string' {
            if ($range -and "$Value".Length -gt [int]$range) { throw "The value of $Name is longer than $range characters." }
            return $(if ("$Value" -eq '') { $null } else { [string]$Value })
        }
        'policy-ref' {
            if ($null -eq $Value -or "$Value" -eq '') { return $null }
            $policy = @(Find-Rows 'mobileDeviceMailboxPolicies' $Value)
            if ($policy.Count -ne 1) { throw "The mobile device mailbox policy '$Value' couldn't be found." }
            return $policy[0]['Name']
        }
        '*timespan' {
            if ("$Value" -eq 'Unlimited') { return 'Unlimited' }
            $span = [timespan]::Parse("$Value")
            if ($range) { $low, $high = $range -split '-'; if ($span -lt [timespan]$low -or $span -gt [timespan]$high) { throw "$Name must lie between $low and $high." } }
            return $span.ToString()
        }
        '*int' {
            if ($null -eq $Value -or "$Value" -eq '') { if ($kind -eq 'nullable-int') { return $null } else { throw "$Name needs a value." } }
            if ("$Value" -eq 'Unlimited' -and $kind -eq 'unlimited-int') { return 'Unlimited' }
            $low, $high = $range -split '-'
            if ([long]"$Value" -lt [long]$low -or [long]"$Value" -gt [long]$high) { throw "$Name must lie between $low and $high." }
            return "$Value"
        }
        'unlimited-bytes' {
            if ("$Value" -eq 'Unlimited') { return 'Unlimited' }
            $bytes = [long]"$Value"
            if ($bytes -gt [long]($range -split '-')[1]) { throw "$Name is too large." }
            if ($bytes -ge 1MB) { return '{0:0.###} MB ({1:N0} bytes)' -f ($bytes / 1MB), $bytes }
            if ($bytes -ge 1KB) { return '{0:0.###} KB ({1:N0} bytes)' -f ($bytes / 1KB), $bytes }
            return '{0} B ({0} bytes)' -f $bytes
        }
    }
}

function Edit-List([string]$Name, $Value, $Present) {
    if ($Value -isnot [System.Collections.IDictionary]) { return @($Value | Where-Object { $null -ne $_ }) }
    $items = [System.Collections.Generic.List[string]]::new()
    foreach ($item in @($Present)) { if ($null -ne $item) { $items.Add($item) } }
    foreach ($key in $Value.Keys) { if ($key -notin 'Add', 'Remove') { throw "Unknown key '$key' for $Name." } }
    foreach ($item in @($Value['Remove'])) { foreach ($old in @($items)) { if ($old -eq $item) { [void]$items.Remove($old) } } }
    foreach ($item in @($Value['Add'])) { if ($null -ne $item -and $items -notcontains $item) { $items.Add($item) } }
    return $items
}

function Set-Values($Row, $Table, $Bound) {
    # All or nothing: a refused value leaves the object as it was.
    $fresh = @{}
    foreach ($name in $Bound.Keys) {
        if ($name -in $CommonNames -or -not $Table.Contains($name)) { continue }
        $fresh[$name] = ConvertFrom-Parameter $Table[$name] $name $Bound[$name] $(if ($Row.Contains($name)) { $Row[$name] } else { $null })
    }
    if ($Row.Contains('IsDefault') -and $fresh.ContainsKey('IsDefault')) {
        if ($fresh['IsDefault'] -eq 'False' -and $Row['IsDefault'] -eq 'True') { throw 'The default policy cannot be changed to a policy that is not the default. Make another policy the default.' }
        if ($fresh['IsDefault'] -eq 'True') { foreach ($policy in $State['mobileDeviceMailboxPolicies']) { $policy['IsDefault'] = 'False' } }
    }
    foreach ($name in $fresh.Keys) { $Row[$name] = $fresh[$name] }
    if ($fresh.ContainsKey('RequireStorageCardEncryption') -and $fresh['RequireStorageCardEncryption'] -eq 'True') { $Row['DeviceEncryptionEnabled'] = 'True' }
    if ($fresh.ContainsKey('ActiveSyncMailboxPolicy')) { $Row['ActiveSyncMailboxPolicyIsDefaulted'] = [string]($null -eq $fresh['ActiveSyncMailboxPolicy']) }
}

function Invoke-Change([string]$Command, $Bound, $Cmdlet, [scriptblock]$Deed) {
    # Counts, logs and spoils changing calls; the deed itself throws what Exchange would refuse.
    if (-not $Cmdlet.ShouldProcess([string]$Bound['Identity'], $Command)) { return }
    $number = ++$Counters.Changes
    Invoke-Interference 'at' $number
    if (Get-Option 'slow' 0) { Start-Sleep -Milliseconds (Get-Option 'slow' 0) }
    if ($number -in (Get-Option 'throttleAt' @())) { Write-Failure $Cmdlet 'HTTP 429: Too many requests. Micro delay applied, please try again later.'; return }
    if ($number -in (Get-Option 'failAt' @())) { Write-Failure $Cmdlet 'An Active Directory error occurred.'; return }
    $arguments = [ordered]@{}
    foreach ($name in $Bound.Keys) { if ($name -notin 'Confirm', 'ErrorAction') { $arguments[$name] = $Bound[$name] } }
    $Calls.Add([ordered]@{ cmdlet = $Command; parameters = $arguments })
    if ($number -notin (Get-Option 'ignoreAt' @())) {
        $script:Old = if (Get-Option 'lag' 0) { Copy-State } else { $null }
        $Counters.Lag = Get-Option 'lag' 0
        try {
            & $Deed
        }
        catch {
            Write-Failure $Cmdlet $_.Exception.Message
            return
        }
        if (Get-Option 'saveEach' $false) { Save-FakeExchange }
    }
    if ($number -in (Get-Option 'throttleAfter' @())) { Write-Failure $Cmdlet 'The request timed out. (504) Gateway Timeout' }
    if ($number -in (Get-Option 'failAfter' @())) { Write-Failure $Cmdlet 'The connection was lost.' }
}

function Get-One([string]$Section, $Identity) {
    $rows = @(Find-Rows $Section $Identity)
    if ($rows.Count -eq 0) { throw "The operation couldn't be performed because object '$Identity' couldn't be found on 'DC01.contoso.com'." }
    if ($rows.Count -gt 1) { throw "The identity '$Identity' is not unique." }
    return $rows[0]
}

function Add-Rule($Bound) {
    $values = [ordered]@{}
    Set-Values $values $RuleParameters $Bound
    foreach ($rule in $State['deviceAccessRules']) {
        if ($rule['Characteristic'] -eq $values['Characteristic'] -and $rule['QueryString'] -eq $values['QueryString']) {
            throw "The object 'CN=$($rule['Name']),CN=Mobile Mailbox Settings' already exists."
        }
    }
    $name = "$($values['QueryString']) ($($values['Characteristic']))"
    $row = [ordered]@{ Identity = $name; Name = $name; Guid = [guid]::NewGuid().ToString(); DistinguishedName = "CN=$name,CN=Mobile Mailbox Settings,DC=contoso,DC=com"; WhenCreatedUTC = '2026-11-23T10:00:00Z' }
    foreach ($key in $values.Keys) { $row[$key] = $values[$key] }
    $State['deviceAccessRules'].Add($row)
    Format-Row $row
}

function Add-Policy($Bound) {
    if (@(Find-Rows 'mobileDeviceMailboxPolicies' $Bound['Name']).Count -gt 0) { throw "The policy '$($Bound['Name'])' already exists." }
    $row = [ordered]@{ Identity = $Bound['Name']; Name = $Bound['Name']; Guid = [guid]::NewGuid().ToString(); DistinguishedName = "CN=$($Bound['Name']),CN=Mobile Mailbox Policies,DC=contoso,DC=com" }
    foreach ($name in $PolicyParameters.Keys) {
        if (-not $Online -and $PolicyParameters[$name] -like '* online') { continue }
        $kind = Get-Kind $name
        $row[$name] = if ($FreshPolicy.ContainsKey($name)) { $FreshPolicy[$name] }
        elseif ($kind -like 'unlimited-*') { 'Unlimited' }
        elseif ($kind -eq 'strings') { , [string[]]@() }
        else { [string]($name -like 'Allow*') }
    }
    Set-Values $row $PolicyParameters $Bound
    $State['mobileDeviceMailboxPolicies'].Add($row)
    Format-Row $row
}

function Remove-Policy($Identity) {
    $row = Get-One 'mobileDeviceMailboxPolicies' $Identity
    foreach ($mailbox in $State['mailboxes']) {
        if ($mailbox['ActiveSyncMailboxPolicyIsDefaulted'] -ne 'True' -and $mailbox['ActiveSyncMailboxPolicy'] -eq $row['Name']) { throw "The policy '$($row['Name'])' is assigned to one or more users." }
    }
    if ($row['IsDefault'] -eq 'True') { throw 'The default policy cannot be removed.' }
    [void]$State['mobileDeviceMailboxPolicies'].Remove($row)
}

# ---- the cmdlets: made from the tables above, so that role-based access can leave any of them out ---------------------

function Get-Declaration([string]$Name, [string]$Spec) {
    $kind, $values = ($Spec -split ' ')[0] -split ':', 2
    $type = switch ($kind) {
        'bool' { '[bool]' }
        'enum' { "[ValidateSet('" + ($values -split ',' -join "','") + "')][string]" }
        'int' { '[int]' }
        'string' { '[AllowNull()][AllowEmptyString()][string]' }
        default { '[AllowNull()][object]' }
    }
    return "$type`$$Name"
}

function Register-Cmdlet([string]$Name, [hashtable]$Shape) {
    $without = Get-Option 'without' @()
    if ($Name -in $without -or ($Only -and $Name -notin $Only)) { return }
    $declarations = @($Shape.Fixed) + @(foreach ($parameter in $Shape.Table.Keys) {
            if ($Online -or $Shape.Table[$parameter] -notlike '* online') { Get-Declaration $parameter $Shape.Table[$parameter] }
        })
    $kept = foreach ($declaration in $declarations) { if ($declaration -and "$Name -$(($declaration -split '\$')[-1])" -notin $without) { $declaration } }
    $binding = if ($Name -like 'Get-*') { '[CmdletBinding()]' } else { "[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]" }
    . ([scriptblock]::Create("function script:$Name { $binding param($(@($kept) -join ', ')) process { $($Shape.Body) } }"))
    Export-ModuleMember -Function $Name
}

$None = [ordered]@{}
$RuleEdit = [ordered]@{ AccessLevel = $RuleParameters['AccessLevel'] }
$AnyIdentity = '[Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)][AllowNull()][object]$Identity'
$OneIdentity = '[Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)][object]$Identity'
$Size = '[object]$ResultSize'

Register-Cmdlet 'Get-ActiveSyncOrganizationSettings' @{ Fixed = $AnyIdentity; Table = $None; Body = "Read-Rows 'organization' @{} `$PSCmdlet" }
Register-Cmdlet 'Get-ActiveSyncDeviceAccessRule' @{ Fixed = $AnyIdentity; Table = $None; Body = "Read-Rows 'deviceAccessRules' `$PSBoundParameters `$PSCmdlet" }
Register-Cmdlet 'Get-MobileDeviceMailboxPolicy' @{ Fixed = $AnyIdentity; Table = $None; Body = "Read-Rows 'mobileDeviceMailboxPolicies' `$PSBoundParameters `$PSCmdlet" }
Register-Cmdlet 'Get-CASMailbox' @{ Fixed = $AnyIdentity, $Size; Table = $None; Body = "Read-Rows 'mailboxes' `$PSBoundParameters `$PSCmdlet" }
Register-Cmdlet 'Get-MobileDevice' @{ Fixed = $AnyIdentity, '[object]$Mailbox', $Size; Table = $None; Body = @'
Read-Rows 'devices' $PSBoundParameters $PSCmdlet | ForEach-Object {
    $kept = [ordered]@{}
    if ($_ -is [hashtable]) { foreach ($name in 'mailbox', 'DevicePolicyApplicationStatus', 'LastSuccessSync') { $_.Remove($name) }; return $_ }
    foreach ($property in $_.PSObject.Properties) { if ($property.Name -notin 'mailbox', 'DevicePolicyApplicationStatus', 'LastSuccessSync') { $kept[$property.Name] = $property.Value } }
    [pscustomobject]$kept
}
'@
}
Register-Cmdlet 'Get-MobileDeviceStatistics' @{ Fixed = $AnyIdentity, '[object]$Mailbox'; Table = $None; Body = @'
if (-not $PSBoundParameters.ContainsKey('Mailbox')) { throw 'Mailbox or Identity is required.' }
Read-Rows 'devices' $PSBoundParameters $PSCmdlet | ForEach-Object {
    $shown = [ordered]@{ DeviceID = $_.DeviceId; RecoveryPassword = 'never to be exported' }
    foreach ($name in 'Guid', 'DeviceType', 'DevicePolicyApplicationStatus', 'LastSuccessSync') { if ($_.PSObject.Properties[$name]) { $shown[$name] = $_.$name } }
    [pscustomobject]$shown
}
'@
}
Register-Cmdlet 'Set-ActiveSyncOrganizationSettings' @{ Fixed = $AnyIdentity; Table = $OrganizationParameters; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Set-ActiveSyncOrganizationSettings' $bound $PSCmdlet { Set-Values $State.organization $OrganizationParameters $bound }
'@
}
Register-Cmdlet 'New-ActiveSyncDeviceAccessRule' @{ Fixed = @(foreach ($name in $RuleParameters.Keys) { '[Parameter(Mandatory)]' + (Get-Declaration $name $RuleParameters[$name]) }); Table = $None; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'New-ActiveSyncDeviceAccessRule' $bound $PSCmdlet { Add-Rule $bound }
'@
}
Register-Cmdlet 'Set-ActiveSyncDeviceAccessRule' @{ Fixed = $OneIdentity; Table = $RuleEdit; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Set-ActiveSyncDeviceAccessRule' $bound $PSCmdlet { Set-Values (Get-One 'deviceAccessRules' $bound['Identity']) $RuleEdit $bound }
'@
}
Register-Cmdlet 'Remove-ActiveSyncDeviceAccessRule' @{ Fixed = $OneIdentity; Table = $None; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Remove-ActiveSyncDeviceAccessRule' $bound $PSCmdlet { [void]$State['deviceAccessRules'].Remove((Get-One 'deviceAccessRules' $bound['Identity'])) }
'@
}
Register-Cmdlet 'New-MobileDeviceMailboxPolicy' @{ Fixed = '[Parameter(Mandatory, Position = 0)][string]$Name'; Table = $PolicyParameters; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'New-MobileDeviceMailboxPolicy' $bound $PSCmdlet { Add-Policy $bound }
'@
}
Register-Cmdlet 'Set-MobileDeviceMailboxPolicy' @{ Fixed = $OneIdentity, '[string]$Name'; Table = $PolicyParameters; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Set-MobileDeviceMailboxPolicy' $bound $PSCmdlet { Set-Values (Get-One 'mobileDeviceMailboxPolicies' $bound['Identity']) $PolicyParameters $bound }
'@
}
Register-Cmdlet 'Remove-MobileDeviceMailboxPolicy' @{ Fixed = $OneIdentity, '[switch]$Force'; Table = $None; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Remove-MobileDeviceMailboxPolicy' $bound $PSCmdlet { Remove-Policy $bound['Identity'] }
'@
}
Register-Cmdlet 'Set-CASMailbox' @{ Fixed = $OneIdentity; Table = $MailboxParameters; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Set-CASMailbox' $bound $PSCmdlet { Set-Values (Get-One 'mailboxes' $bound['Identity']) $MailboxParameters $bound }
'@
}
if (-not $Online) { Register-Cmdlet 'Get-OrganizationConfig' @{ Fixed = ''; Table = $None; Body = "[pscustomobject]@{ Name = 'Contoso'; Identity = 'Contoso'; Guid = [guid]'5d3f0000-0000-4000-8000-000000000001' }" } }
Export-ModuleMember -Function 'Save-FakeExchange'
