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

$Export = @{}

#: common
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
