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

