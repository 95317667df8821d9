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
#   prefix         of the nouns of all cmdlets, as Connect-ExchangeOnline -Prefix makes them
#   resultSize     default of -ResultSize, 1000 if left out
#   shapes of what is read:
#   reference      how an on-premises mailbox shows its policy: name (default), dn, guid or path
#   hide           properties that no object shows, such as Guid
#   hideOf         the same for one cmdlet: {cmdlet: [properties]}
#   hashtables     objects come as hashtables
#   lists          array (default), single (one element as a bare string, none as null) or collection
#   listOrder      reverse: objects and the elements of lists come in reverse order
#   valueCase      upper or lower: names, addresses, identifiers and enumerated values are shown so
#   directory, on-premises:
#   domainControllers    how many there are, 1 if left out. With more, a change shows at once only to who reads from the one it
#                  was made on (-DomainController); to others after `lag` reads. Who does not say uses one for changes, another for reads
#   viewEntireForest     false: recipients of other domains than contoso.com are not seen
#   what goes wrong:
#   failAt, failAfter, throttleAt, throttleAfter, ignoreAt     numbers of changing calls (from 1): fail before or after taking
#                  effect, be throttled before or after it, pretend success
#   throttleReadAt, failReadAt     numbers of reading calls that are throttled or fail
#   errors         further errors: {at: numbers of changing calls | atRead: numbers of reading calls | of: a cmdlet, each time;
#                  after: true once it took effect; page: once that many pages less one were returned; message, type, category,
#                  reason, errorId, inner: {type, message}; style, status}. Instead of `at`, `anyFrom`: all calls from that
#                  number on, reading or changing, `times` of them if given, as with a token that expires
#   pageSize, failPage   objects are returned in pages, of 1000 if left out; from which page on each listing fails
#   errorStyle, errorStatus    of errors that say nothing else. terminating (default): as -ErrorAction says, as with any cmdlet;
#                  thrown: whatever -ErrorAction says; swallowed: shown by a helper of the cmdlet, which then returns what it has;
#                  silent: not even shown. status: $EXO_LastExecutionStatus becomes false, as it does if silent
#   couple         properties that change along with another: {property: {other: value}}
#   filterIgnored  -Filter does nothing
#   removeAssigned a policy is removed though it is the default or mailboxes have it
#   interfere      changes behind the script's back: {at: number of the changing call | atRead, afterRead: number of the reading
#                  call, section, match: {property: text}, set: {property: value} or remove: true or add: {property: value};
#                  milliseconds: only at the first call that comes so much later}
#   lag            how many reads after a change still show the old state
#   slow           milliseconds that each changing call takes
#   saveEach       write the state file after every change (for runs that are killed)
#   moments        path of a journal: write a line for each change to a file beside the state, with the length that the journal
#                  had then, and the state after it
param([string]$StatePath = $env:FAKE_EXCHANGE_STATE, $Options = $null, [string[]]$Only = @())

Set-StrictMode -Version 3.0
# Whatever the session of a test calls so, this module means PowerShell's own.
$Own = @{}
foreach ($name in 'Write-Warning', 'Write-Error', 'ConvertFrom-Json', 'ConvertTo-Json', 'Start-Sleep') {
    $Own[$name] = $ExecutionContext.InvokeCommand.GetCommand($name, 'Cmdlet')
}
$OFS = ' '

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

if ($null -eq $Options) { $Options = if ($env:FAKE_EXCHANGE_OPTIONS) { & $Own['ConvertFrom-Json'] -InputObject $env:FAKE_EXCHANGE_OPTIONS } else { @{} } }

$Settings = @{}
if ($Options -is [System.Collections.IDictionary]) { foreach ($key in $Options.Keys) { $Settings[$key] = $Options[$key] } }
else { foreach ($property in $Options.PSObject.Properties) { $Settings[$property.Name] = $property.Value } }

function Get-Option([string]$Name, $Default) {
    $value = $Settings[$Name]
    if ($null -eq $value) { return , $Default }
    return , $value
}

function Get-Member_($Object, [string]$Name) {
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return $property.Value
}

$Online = (Get-Option 'edition' 'exchange-online') -eq 'exchange-online'
$Counters = @{ Changes = 0; Reads = 0; Calls = 0; Lag = 0; Writer = $null }
$Clock = [System.Diagnostics.Stopwatch]::new()
$Calls = [System.Collections.Generic.List[object]]::new()
$Sections = 'deviceAccessRules', 'mobileDeviceMailboxPolicies', 'mailboxes', 'devices'
$IdentityKeys = 'Identity', 'Guid', 'Name', 'DistinguishedName', 'PrimarySmtpAddress', 'ExternalDirectoryObjectId'

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
    $json = & $Own['ConvertFrom-Json'] -InputObject ([System.IO.File]::ReadAllText($Path))
    $state = @{ organization = (ConvertTo-StateRow $json.organization); header = $null }
    if ($json.PSObject.Properties['header']) { $state.header = $json.header }
    foreach ($section in $Sections) {
        $rows = [System.Collections.Generic.List[object]]::new()
        foreach ($row in $json.$section) { $rows.Add((ConvertTo-StateRow $row)) }
        $state[$section] = $rows
    }
    $state['index'] = @{}
    return $state
}

function Copy-State {
    $copy = @{ header = $State.header; organization = [ordered]@{} + $State.organization; index = @{} }
    foreach ($section in $Sections) {
        $copy[$section] = [System.Collections.Generic.List[object]]::new()
        foreach ($row in $State[$section]) { $fresh = [ordered]@{}; foreach ($key in $row.Keys) { $fresh[$key] = $row[$key] }; $copy[$section].Add($fresh) }
    }
    return $copy
}

function Save-FakeExchange([string]$Path = $StatePath) {
    # The state in the layout it was read from, without a seal; `calls` lists the changing calls in order, `milliseconds` is the
    # time that the cmdlets took.
    $all = [ordered]@{ header = $State.header; organization = $State.organization }
    foreach ($section in $Sections) { $all[$section] = @($State[$section]) }
    $all['calls'] = @($Calls)
    $all['milliseconds'] = $Clock.ElapsedMilliseconds
    [System.IO.File]::WriteAllText($Path, (& $Own['ConvertTo-Json'] -InputObject $all -Depth 6 -Compress))
}

function Add-Moment([string]$Journal) {
    $moment = [ordered]@{ journal = [System.IO.FileInfo]::new($Journal).Length; organization = $State.organization }
    foreach ($section in $Sections) { $moment[$section] = @($State[$section]) }
    [System.IO.File]::AppendAllText("$StatePath.moments", (& $Own['ConvertTo-Json'] -InputObject $moment -Depth 6 -Compress) + "`n")
}

$State = if ($StatePath) { Import-State $StatePath } else { $null }
$Old = $null

function Get-Index([string]$Section) {
    # The rows of a section by every text that finds them, so that ten thousand of them cost no more than one. What changes a
    # text that finds a row drops the index of the section.
    $index = $State['index'][$Section]
    if ($null -ne $index) { return , $index }
    $index = [System.Collections.Generic.Dictionary[string, object]]::new([System.StringComparer]::OrdinalIgnoreCase)
    $State['index'][$Section] = $index
    foreach ($row in $State[$Section]) { Add-ToIndex $index $row }
    return , $index
}

function Get-IndexTexts($Row) {
    $texts = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($key in $IdentityKeys) { if ($Row.Contains($key) -and $Row[$key]) { [void]$texts.Add($Row[$key]) } }
    if ($Row.Contains('QueryString')) { [void]$texts.Add("pair`n$($Row['Characteristic'])`n$($Row['QueryString'])") }
    return , $texts
}

function Add-ToIndex($Index, $Row) {
    foreach ($text in (Get-IndexTexts $Row)) {
        if (-not $Index.ContainsKey($text)) { $Index[$text] = [System.Collections.Generic.List[object]]::new() }
        $Index[$text].Add($Row)
    }
}

function Add-Row([string]$Section, $Row) {
    $index = Get-Index $Section
    $State[$Section].Add($Row)
    Add-ToIndex $index $Row
}

function Remove-Row([string]$Section, $Row) {
    $index = Get-Index $Section
    [void]$State[$Section].Remove($Row)
    foreach ($text in (Get-IndexTexts $Row)) { if ($index.ContainsKey($text)) { [void]$index[$text].Remove($Row) } }
}

function Test-Seen([string]$Section, $Row) {
    # The scope of recipients is the domain of the servers, unless the whole forest is asked for.
    if ($Section -notin 'mailboxes', 'devices' -or $Online -or (Get-Option 'viewEntireForest' $true) -or -not $Row.Contains('DistinguishedName')) { return $true }
    $name = [string]$Row['DistinguishedName']
    return [string]::Equals($name.Substring($name.IndexOf('DC=', [System.StringComparison]::OrdinalIgnoreCase)), 'DC=contoso,DC=com', 'OrdinalIgnoreCase')
}

function Find-Rows([string]$Section, $Identity) {
    $found = $null
    if ((Get-Index $Section).TryGetValue([string]$Identity, [ref]$found)) { foreach ($row in $found.ToArray()) { if (Test-Seen $Section $row) { $row } } }
}

$Pending = [System.Collections.Generic.List[object]]::new()
$Now = [System.Diagnostics.Stopwatch]::StartNew()
$Interference = Get-Option 'interfere' @()

function Invoke-Interference([string]$Moment, [int]$Number) {
    if ($Interference.Count -eq 0) { return }
    foreach ($deed in @($Pending)) {
        if ($Now.ElapsedMilliseconds -lt $deed.Due) { continue }
        [void]$Pending.Remove($deed)
        Invoke-Deed $deed.Deed
    }
    foreach ($deed in $Interference) {
        if ((Get-Member_ $deed $Moment) -ne $Number) { continue }
        if ($deed.PSObject.Properties['milliseconds']) { $Pending.Add(@{ Due = $Now.ElapsedMilliseconds + $deed.milliseconds; Deed = $deed }); continue }
        Invoke-Deed $deed
    }
}

function Invoke-Deed($Deed) {
    $State['index'].Clear()
    if ($Deed.PSObject.Properties['add']) { $State[$Deed.section].Add((ConvertTo-StateRow $Deed.add)); return }
    $rows = if ($Deed.section -eq 'organization') { @($State.organization) } else { @($State[$Deed.section]) }
    foreach ($row in $rows) {
        $wrong = @(foreach ($wanted in $Deed.match.PSObject.Properties) { if ($row[$wanted.Name] -ne $wanted.Value) { $wanted } })
        if ($wrong.Count -gt 0) { continue }
        if ($Deed.PSObject.Properties['remove']) { [void]$State[$Deed.section].Remove($row) }
        else { foreach ($change in $Deed.set.PSObject.Properties) { $row[$change.Name] = ConvertTo-StateText $change.Value } }
    }
}

# ---- the shape of what Get- cmdlets return -----------------------------------------------------------------------------

$Cases = @{ upper = 'ToUpperInvariant'; lower = 'ToLowerInvariant' }
$ValueCase = Get-Option 'valueCase' $null
$CaseNames = @($IdentityKeys) + 'QueryString', 'Characteristic', 'DeviceId', 'mailbox', 'DeviceType', 'ActiveSyncMailboxPolicy'
$Reverse = (Get-Option 'listOrder' '') -eq 'reverse'
$HideOf = Get-Option 'hideOf' $null
$Hidden = Get-Option 'hide' @()

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
    if ($kind -eq 'strings') {
        $items = @(foreach ($item in $Value) { if ($null -ne $item) { if ($ValueCase) { $item.($Cases[$ValueCase])() } else { $item } } })
        if ($Reverse) { [array]::Reverse($items) }
        return , (Format-List_ $items)
    }
    if ($null -eq $Value) { if ($kind -eq 'string' -and -not $Online) { return '' } else { return $null } }
    if ($kind -eq 'datetime' -and $Value -eq '') { return $null }
    if ($ValueCase -and ($kind -eq 'enum' -or $Name -in $CaseNames)) { $Value = $Value.($Cases[$ValueCase])() }
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
    $policy = Get-DefaultPolicy
    if ($Row['ActiveSyncMailboxPolicyIsDefaulted'] -ne 'True') {
        $found = @(Find-Rows 'mobileDeviceMailboxPolicies' $Row['ActiveSyncMailboxPolicy'])
        $policy = if ($found.Count -gt 0) { $found[0] } else { $null }
    }
    if ($null -eq $policy) { return $Row['ActiveSyncMailboxPolicy'] }
    switch (Get-Option 'reference' 'name') {
        'dn' { return $policy['DistinguishedName'] }
        'guid' { return $policy['Guid'] }
        'path' { return 'contoso.com/Configuration/Mobile Mailbox Policies/' + $policy['Name'] }
        default { return $policy['Name'] }
    }
}

function Format-Row($Row, [string]$Command, [string]$Server) {
    $shown = [ordered]@{}
    $left = $Hidden
    if ($null -ne $HideOf) { $left = $Hidden + @(Get-Member_ $HideOf $Command) }
    foreach ($name in $Row.Keys) {
        if ($left.Count -gt 0 -and $name -in $left) { continue }
        $value = if ($name -eq 'ActiveSyncMailboxPolicy') { Format-PolicyReference $Row } else { $Row[$name] }
        $shown[$name] = Format-Value $name $value
    }
    if ($Server) { $shown['OriginatingServer'] = $Server }
    if (Get-Option 'hashtables' $false) { return @{} + $shown }
    return [pscustomobject]$shown
}

function Get-Server($Bound, [string]$Otherwise) {
    # The domain controller of a call; a change and a reading that do not say need not meet the same one.
    if ($Online) { return '' }
    if ($Bound.ContainsKey('DomainController') -and $Bound['DomainController']) { return [string]$Bound['DomainController'] }
    if ((Get-Option 'domainControllers' 1) -gt 1) { return $Otherwise }
    return 'dc01.contoso.com'
}

$Throttled = 'HTTP 429: Too many requests. Please wait and try again later.'
$Errors = Get-Option 'errors' @()
$Numbers = @{}
foreach ($name in 'throttleReadAt', 'failReadAt', 'throttleAt', 'failAt', 'throttleAfter', 'failAfter', 'ignoreAt') { $Numbers[$name] = Get-Option $name @() }

function Find-Error([string]$Moment, [int]$Number, [string]$Command, [bool]$After, [bool]$Paged) {
    # The error that an option plans for this call, or null.
    foreach ($each in $Errors) {
        $meant = $Number -in @(Get-Member_ $each $Moment) -or $Command -in @(Get-Member_ $each 'of')
        $from = Get-Member_ $each 'anyFrom'
        if ($null -ne $from) { $times = Get-Member_ $each 'times'; $meant = $Counters.Calls -ge $from -and ($null -eq $times -or $Counters.Calls -lt $from + $times) }
        if ($meant -and $After -eq [bool](Get-Member_ $each 'after') -and $Paged -eq ($null -ne (Get-Member_ $each 'page'))) { return $each }
    }
}

function Read-Rows([string]$Section, $Bound, $Cmdlet) {
    $Clock.Start()
    if ($Online) { $global:EXO_LastExecutionStatus = $true }
    $number = ++$Counters.Reads
    $Counters.Calls++
    $command = $Cmdlet.MyInvocation.MyCommand.Name
    try {
        Invoke-Interference 'atRead' $number
        $wrong = Find-Error 'atRead' $number $command $false $false
        if ($null -ne $wrong) { Write-Planned $Cmdlet $wrong; return }
        if ($number -in $Numbers.throttleReadAt) { Write-Planned $Cmdlet ([pscustomobject]@{ message = $Throttled; style = 'thrown' }) }
        if ($number -in $Numbers.failReadAt) { Write-Failure $Cmdlet 'An Active Directory error occurred.'; return }
        $server = Get-Server $Bound 'dc02.contoso.com'
        $current = $State
        $fresh = (Get-Option 'domainControllers' 1) -gt 1 -and $server -eq $Counters.Writer
        if ($Counters.Lag -gt 0 -and $null -ne $Old -and -not $fresh) { $Counters.Lag--; $script:State = $Old }
        try {
            $found = Select-Rows $Section $Bound $Cmdlet
            if ($null -eq $found) { return }
            $shown = [System.Collections.Generic.List[object]]::new()
            foreach ($row in $found) { $shown.Add((Format-Row $row $command $server)) }
        }
        finally {
            $script:State = $current
        }
        $listing = -not $Bound.ContainsKey('Identity')
        $whole = Find-Error 'atRead' $number $command $false $true
        $page = if ($null -ne $whole) { $whole.page } elseif ($listing -and $Section -ne 'organization') { Get-Option 'failPage' 0 } else { 0 }
        $end = if ($page -gt 0) { ($page - 1) * (Get-Option 'pageSize' 1000) } else { $shown.Count }
        Invoke-Interference 'afterRead' $number
        $Clock.Stop()
        for ($index = 0; $index -lt [Math]::Min($end, $shown.Count); $index++) { $shown[$index] }
        if ($page -gt 0 -and ($end -eq 0 -or $end -lt $shown.Count)) {
            if ($null -eq $whole) { $whole = [pscustomobject]@{ message = 'Expired or Invalid pagination request. Default Expiry time is 00:30:00' } }
            Write-Planned $Cmdlet $whole
            return
        }
        if ($Counters.More) { & $Own['Write-Warning'] 'There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.' }
        $wrong = Find-Error 'atRead' $number $command $true $false
        if ($null -ne $wrong) { Write-Planned $Cmdlet $wrong }
    }
    finally {
        $Clock.Stop()
    }
}

function Get-Limit([string]$Section, $Bound) {
    $limit = if ($Bound.ContainsKey('ResultSize')) { [string]$Bound['ResultSize'] } else { [string](Get-Option 'resultSize' 1000) }
    if ($Section -notin 'mailboxes', 'devices' -or $limit -eq 'Unlimited') { return [int]::MaxValue }
    return [int]$limit
}

function Select-Rows([string]$Section, $Bound, $Cmdlet) {
    # The rows that a reading call is about, as a list; null after an error.
    $Counters.More = $false
    $identity = if ($Bound.ContainsKey('Identity')) { [string]$Bound['Identity'] } else { '' }
    if ($Section -eq 'organization') { return , @($State.organization) }
    if ($identity -eq '') { $rows = $State[$Section] }
    else {
        $rows = @(Find-Rows $Section $identity)
        if ($rows.Count -eq 0) {
            Write-Failure $Cmdlet (Get-NotFound $identity) 'ObjectNotFound'
            return $null
        }
    }
    if ($Bound.ContainsKey('Mailbox')) {
        $owner = @(Find-Rows 'mailboxes' $Bound['Mailbox'])
        if ($owner.Count -ne 1) { Write-Failure $Cmdlet "The mailbox '$($Bound['Mailbox'])' couldn't be found." 'ObjectNotFound'; return $null }
        $rows = @(foreach ($row in $rows) { if ($row['mailbox'] -eq $owner[0]['PrimarySmtpAddress']) { $row } })
    }
    if ($Bound.ContainsKey('Filter')) {
        $wanted = [regex]::Match([string]$Bound['Filter'], "^\s*ActiveSyncMailboxPolicy -eq '((?:[^']|'')*)'\s*$", 'IgnoreCase, CultureInvariant')
        if (-not $wanted.Success) { Write-Failure $Cmdlet "Cannot bind parameter 'Filter' to the target: `"Invalid filter syntax: $($Bound['Filter'])`"." 'InvalidArgument'; return $null }
        if (-not (Get-Option 'filterIgnored' $false)) {
            $policy = @(Find-Rows 'mobileDeviceMailboxPolicies' $wanted.Groups[1].Value.Replace("''", "'"))
            $rows = @(foreach ($row in $rows) { if ($policy.Count -eq 1 -and $row['ActiveSyncMailboxPolicyIsDefaulted'] -ne 'True' -and $row['ActiveSyncMailboxPolicy'] -eq $policy[0]['Name']) { $row } })
        }
    }
    $limit = Get-Limit $Section $Bound
    $selected = [System.Collections.Generic.List[object]]::new()
    foreach ($row in $rows) {
        if ($identity -eq '' -and -not (Test-Seen $Section $row)) { continue }
        if ($selected.Count -ge $limit) { $Counters.More = $true; break }
        $selected.Add($row)
    }
    if ($Reverse) { $selected.Reverse() }
    return , $selected
}

function Get-NotFound($Identity) { return "The operation couldn't be performed because object '$Identity' couldn't be found on 'DC01.contoso.com'." }

function Write-Failure($Cmdlet, [string]$Message, [string]$Category = 'InvalidOperation') {
    Write-Planned $Cmdlet ([pscustomobject]@{ message = $Message; category = $Category })
}

function New-Exception([string]$Type, [string]$Message, $Inner) {
    $arguments = [System.Collections.Generic.List[object]]::new()
    $arguments.Add($Message)
    if ($Inner) { $arguments.Add([System.Exception](New-Exception $Inner.type $Inner.message $null)) }
    return [System.Activator]::CreateInstance([type]$Type, $arguments.ToArray())
}

function Write-Planned($Cmdlet, $Planned) {
    # Exchange cmdlets report most failures as errors that do not terminate by themselves.
    $type = Get-Member_ $Planned 'type'
    $exception = New-Exception $(if ($type) { $type } else { 'System.InvalidOperationException' }) $Planned.message (Get-Member_ $Planned 'inner')
    $category = Get-Member_ $Planned 'category'
    $id = Get-Member_ $Planned 'errorId'
    $record = [System.Management.Automation.ErrorRecord]::new($exception, $(if ($id) { $id } else { 'FakeExchange' }), $(if ($category) { $category } else { 'NotSpecified' }), $null)
    if (Get-Member_ $Planned 'reason') { $record.CategoryInfo.Reason = $Planned.reason }
    $style = Get-Member_ $Planned 'style'
    if (-not $style) { $style = Get-Option 'errorStyle' 'terminating' }
    $status = Get-Member_ $Planned 'status'
    if ($null -eq $status) { $status = Get-Option 'errorStatus' $false }
    if ($status -or $style -eq 'silent') { $global:EXO_LastExecutionStatus = $false }
    switch ($style) {
        'terminating' { $Cmdlet.WriteError($record) }
        'thrown' { $Cmdlet.ThrowTerminatingError($record) }
        'swallowed' { Write-Swallowed $record }
    }
}

function Write-Swallowed {
    # Below the cmdlet, so what its caller said about errors is not in force here.
    [CmdletBinding()]
    param($Record)
    & $Own['Write-Error'] -ErrorRecord $Record -ErrorAction Continue
}

# ---- changing ----------------------------------------------------------------------------------------------------------

$Unlogged = 'Confirm', 'WhatIf', 'Verbose', 'Debug', 'ErrorAction', 'WarningAction', 'InformationAction', 'ProgressAction', 'ErrorVariable', 'WarningVariable', 'InformationVariable', 'OutVariable', 'OutBuffer', 'PipelineVariable'
$CommonNames = @($Unlogged) + 'Identity', 'Force', 'DomainController'

function ConvertFrom-Parameter([string]$Spec, [string]$Name, $Value, $Present) {
    # The text to keep, after the checks that Exchange makes itself rather than leaving them to the binder.
    $kind, $range = ($Spec -split ' ')[0] -split ':', 2
    switch -Wildcard ($kind) {
        'strings' { return , [string[]]@(Edit-List $Name $Value $Present) }
        'bool' { return $(if ($Value) { 'True' } else { 'False' }) }
        'enum' { foreach ($item in $range.Split(',')) { if ($item -eq [string]$Value) { return $item } }; throw "'$Value' is no value of $Name." }
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
            $unit, $size = if ($bytes -ge 1MB) { 'MB', 1MB } elseif ($bytes -ge 1KB) { 'KB', 1KB } else { 'B', 1 }
            return [string]::Format([cultureinfo]::InvariantCulture, '{0:0.###} {1} ({2:N0} bytes)', ($bytes / $size), $unit, $bytes)
        }
    }
}

function Edit-List([string]$Name, $Value, $Present) {
    if ($Value -isnot [System.Collections.IDictionary]) { return @(foreach ($item in $Value) { if ($null -ne $item) { $item } }) }
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
    $couple = Get-Option 'couple' $null
    foreach ($name in @($fresh.Keys)) {
        if ($null -eq $couple -or -not $couple.PSObject.Properties[$name]) { continue }
        foreach ($other in $couple.$name.PSObject.Properties) { $Row[$other.Name] = ConvertTo-StateText $other.Value }
    }
    foreach ($name in $fresh.Keys) { $Row[$name] = $fresh[$name] }
    if ($fresh.ContainsKey('RequireStorageCardEncryption') -and $fresh['RequireStorageCardEncryption'] -eq 'True') { $Row['DeviceEncryptionEnabled'] = 'True' }
    if ($fresh.ContainsKey('ActiveSyncMailboxPolicy')) { $Row['ActiveSyncMailboxPolicyIsDefaulted'] = [string]($null -eq $fresh['ActiveSyncMailboxPolicy']) }
}

function Invoke-Change([string]$Command, $Bound, $Cmdlet, [scriptblock]$Deed) {
    # Counts, logs and spoils changing calls; the deed itself throws what Exchange would refuse.
    if (-not $Cmdlet.ShouldProcess([string]$Bound['Identity'], $Command)) { return }
    $Clock.Start()
    if ($Online) { $global:EXO_LastExecutionStatus = $true }
    try {
        $number = ++$Counters.Changes
        $Counters.Calls++
        Invoke-Interference 'at' $number
        if (Get-Option 'slow' 0) { & $Own['Start-Sleep'] -Milliseconds (Get-Option 'slow' 0) }
        if ($number -in $Numbers.throttleAt) { Write-Failure $Cmdlet 'HTTP 429: Too many requests. Micro delay applied, please try again later.'; return }
        if ($number -in $Numbers.failAt) { Write-Failure $Cmdlet 'An Active Directory error occurred.'; return }
        $wrong = Find-Error 'at' $number $Command $false $false
        if ($null -ne $wrong) { Write-Planned $Cmdlet $wrong; return }
        $arguments = [ordered]@{}
        foreach ($name in $Bound.Keys) { if ($name -notin $Unlogged) { $arguments[$name] = $Bound[$name] } }
        $Calls.Add([ordered]@{ cmdlet = $Command; parameters = $arguments })
        if ($number -notin $Numbers.ignoreAt) {
            $script:Old = if (Get-Option 'lag' 0) { Copy-State } else { $null }
            $Counters.Lag = Get-Option 'lag' 0
            $Counters.Writer = Get-Server $Bound 'dc01.contoso.com'
            try {
                & $Deed
            }
            catch {
                Write-Failure $Cmdlet $_.Exception.Message $_.CategoryInfo.Category
                return
            }
            if (Get-Option 'saveEach' $false) { Save-FakeExchange }
            if (Get-Option 'moments' '') { Add-Moment (Get-Option 'moments' '') }
        }
        if ($number -in $Numbers.throttleAfter) { Write-Failure $Cmdlet 'The request timed out. (504) Gateway Timeout' }
        if ($number -in $Numbers.failAfter) { Write-Failure $Cmdlet 'The connection was lost.' }
        $wrong = Find-Error 'at' $number $Command $true $false
        if ($null -ne $wrong) { Write-Planned $Cmdlet $wrong }
    }
    finally {
        $Clock.Stop()
    }
}

function Get-One([string]$Section, $Identity) {
    $rows = @(Find-Rows $Section $Identity)
    if ($rows.Count -eq 0) {
        throw [System.Management.Automation.ErrorRecord]::new([System.InvalidOperationException]::new((Get-NotFound $Identity)), 'FakeExchange', 'ObjectNotFound', $null)
    }
    if ($rows.Count -gt 1) { throw "The identity '$Identity' is not unique." }
    return $rows[0]
}

function Add-Rule($Bound) {
    $values = [ordered]@{}
    Set-Values $values $RuleParameters $Bound
    $same = $null
    if ((Get-Index 'deviceAccessRules').TryGetValue("pair`n$($values['Characteristic'])`n$($values['QueryString'])", [ref]$same) -and $same.Count -gt 0) {
        throw "The object 'CN=$($same[0]['Name']),CN=Mobile Mailbox Settings' already exists."
    }
    $name = "$($values['QueryString']) ($($values['Characteristic']))"
    $row = [ordered]@{ Identity = $name; Name = $name; Guid = [guid]::NewGuid().ToString(); DistinguishedName = "CN=$name,CN=Mobile Mailbox Settings,DC=contoso,DC=com"; WhenCreatedUTC = '2026-11-23T10:00:00Z' }
    foreach ($key in $values.Keys) { $row[$key] = $values[$key] }
    Add-Row 'deviceAccessRules' $row
    Format-Row $row 'New-ActiveSyncDeviceAccessRule' (Get-Server $Bound 'dc01.contoso.com')
}

function Add-Policy($Bound) {
    if (@(Find-Rows 'mobileDeviceMailboxPolicies' $Bound['Name']).Count -gt 0) { throw "The policy '$($Bound['Name'])' already exists." }
    $row = [ordered]@{ Identity = $Bound['Name']; Name = $Bound['Name']; Guid = [guid]::NewGuid().ToString(); DistinguishedName = "CN=$($Bound['Name']),CN=Mobile Mailbox Policies,DC=contoso,DC=com" }
    # A session shows the same properties of all policies.
    $known = $null
    foreach ($other in $State['mobileDeviceMailboxPolicies']) { $known = $other }
    foreach ($name in $PolicyParameters.Keys) {
        if (-not $Online -and $PolicyParameters[$name] -like '* online') { continue }
        if ($null -ne $known -and -not $known.Contains($name) -and -not $Bound.ContainsKey($name)) { continue }
        $kind = Get-Kind $name
        $row[$name] = if ($FreshPolicy.ContainsKey($name)) { $FreshPolicy[$name] }
        elseif ($kind -like 'unlimited-*') { 'Unlimited' }
        elseif ($kind -eq 'strings') { , [string[]]@() }
        else { [string]($name -like 'Allow*') }
    }
    Set-Values $row $PolicyParameters $Bound
    Add-Row 'mobileDeviceMailboxPolicies' $row
    Format-Row $row 'New-MobileDeviceMailboxPolicy' (Get-Server $Bound 'dc01.contoso.com')
}

function Remove-Policy($Identity) {
    $row = Get-One 'mobileDeviceMailboxPolicies' $Identity
    if (-not (Get-Option 'removeAssigned' $false)) {
        foreach ($mailbox in $State['mailboxes']) {
            if ($mailbox['ActiveSyncMailboxPolicyIsDefaulted'] -ne 'True' -and $mailbox['ActiveSyncMailboxPolicy'] -eq $row['Name']) { throw "The policy '$($row['Name'])' is assigned to one or more users." }
        }
        if ($row['IsDefault'] -eq 'True') { throw 'The default policy cannot be removed.' }
    }
    Remove-Row 'mobileDeviceMailboxPolicies' $row
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
    $server = if ($Online -or $Name -cmatch 'ADServerSettings|OrganizationConfig') { $null } else { '[string]$DomainController' }
    $declarations = @($Shape.Fixed) + $server + @(foreach ($parameter in $Shape.Table.Keys) {
            if ($Online -or $Shape.Table[$parameter] -notlike '* online') { Get-Declaration $parameter $Shape.Table[$parameter] }
        })
    $kept = foreach ($declaration in $declarations) { if ($declaration -and "$Name -$(($declaration -split '\$')[-1])" -notin $without) { $declaration } }
    $binding = if ($Name -like 'Get-*') { '[CmdletBinding()]' } else { "[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]" }
    $verb, $noun = $Name.Split('-', 2)
    $called = "$verb-$(Get-Option 'prefix' '')$noun"
    . ([scriptblock]::Create("function script:$called { $binding param($(@($kept) -join ', ')) process { $($Shape.Body) } }"))
    Export-ModuleMember -Function $called
}

$None = [ordered]@{}
$RuleEdit = [ordered]@{ AccessLevel = $RuleParameters['AccessLevel'] }
$AnyIdentity = '[Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)][AllowNull()][object]$Identity'
$OneIdentity = '[Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)][object]$Identity'
$Size = '[object]$ResultSize'

Register-Cmdlet 'Get-ActiveSyncOrganizationSettings' @{ Fixed = $AnyIdentity; Table = $None; Body = "Read-Rows 'organization' @{} `$PSCmdlet" }
Register-Cmdlet 'Get-ActiveSyncDeviceAccessRule' @{ Fixed = $AnyIdentity; Table = $None; Body = "Read-Rows 'deviceAccessRules' `$PSBoundParameters `$PSCmdlet" }
Register-Cmdlet 'Get-MobileDeviceMailboxPolicy' @{ Fixed = $AnyIdentity; Table = $None; Body = "Read-Rows 'mobileDeviceMailboxPolicies' `$PSBoundParameters `$PSCmdlet" }
Register-Cmdlet 'Get-CASMailbox' @{ Fixed = $AnyIdentity, $Size, '[string]$Filter'; Table = $None; Body = "Read-Rows 'mailboxes' `$PSBoundParameters `$PSCmdlet" }
Register-Cmdlet 'Get-MobileDevice' @{ Fixed = $AnyIdentity, '[object]$Mailbox', $Size; Table = $None; Body = @'
foreach ($device in @(Read-Rows 'devices' $PSBoundParameters $PSCmdlet)) {
    $kept = [ordered]@{}
    if ($device -is [hashtable]) { foreach ($name in 'mailbox', 'DevicePolicyApplicationStatus', 'LastSuccessSync') { $device.Remove($name) }; $device; continue }
    foreach ($property in $device.PSObject.Properties) { if ($property.Name -notin 'mailbox', 'DevicePolicyApplicationStatus', 'LastSuccessSync') { $kept[$property.Name] = $property.Value } }
    [pscustomobject]$kept
}
'@
}
Register-Cmdlet 'Get-MobileDeviceStatistics' @{ Fixed = $AnyIdentity, '[object]$Mailbox'; Table = $None; Body = @'
if (-not $PSBoundParameters.ContainsKey('Mailbox')) { throw 'Mailbox or Identity is required.' }
foreach ($device in @(Read-Rows 'devices' $PSBoundParameters $PSCmdlet)) {
    $shown = [ordered]@{ DeviceID = $device.DeviceId; RecoveryPassword = 'never to be exported' }
    foreach ($name in 'Guid', 'DeviceType', 'DevicePolicyApplicationStatus', 'LastSuccessSync') { if ($device.PSObject.Properties[$name]) { $shown[$name] = $device.$name } }
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
Invoke-Change 'Remove-ActiveSyncDeviceAccessRule' $bound $PSCmdlet { Remove-Row 'deviceAccessRules' (Get-One 'deviceAccessRules' $bound['Identity']) }
'@
}
Register-Cmdlet 'New-MobileDeviceMailboxPolicy' @{ Fixed = '[Parameter(Mandatory, Position = 0)][string]$Name'; Table = $PolicyParameters; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'New-MobileDeviceMailboxPolicy' $bound $PSCmdlet { Add-Policy $bound }
'@
}
Register-Cmdlet 'Set-MobileDeviceMailboxPolicy' @{ Fixed = $OneIdentity, '[string]$Name'; Table = $PolicyParameters; Body = @'
$bound = $PSBoundParameters
Invoke-Change 'Set-MobileDeviceMailboxPolicy' $bound $PSCmdlet {
    $row = Get-One 'mobileDeviceMailboxPolicies' $bound['Identity']
    Set-Values $row $PolicyParameters $bound
    if ($bound.ContainsKey('Name')) { $row['Name'] = $row['Identity'] = $bound['Name']; $State['index'].Clear() }
}
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
if (-not $Online) {
    Register-Cmdlet 'Get-OrganizationConfig' @{ Fixed = ''; Table = $None; Body = "[pscustomobject]@{ Name = 'Contoso'; Identity = 'Contoso'; Guid = [guid]'5d3f0000-0000-4000-8000-000000000001' }" }
    Register-Cmdlet 'Get-ADServerSettings' @{ Fixed = ''; Table = $None; Body = @'
$forest = [bool](Get-Option 'viewEntireForest' $true)
[pscustomobject]@{ ViewEntireForest = $forest; RecipientViewRoot = $(if ($forest) { $null } else { 'contoso.com' }); DefaultGlobalCatalog = 'dc01.contoso.com' }
'@
    }
}
