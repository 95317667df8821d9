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

