# ---- common to all scripts of policylint -------------------------------------------------------------------------------
# Expects of a script: `[CmdletBinding()]`, and this text before its own code. Defines every variable that it uses.

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$Caller = $PSCmdlet
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
$NeedsEscape = [regex]'[^ !#-\[\]-~]'
$MaximumRetries = 6

# ---- values: what Exchange shows, as text that can be compared ---------------------------------------------------------

function Get-Value($Object, [string]$Name) {
    # A session may show typed objects, property bags of a remote session, or plain hashtables; any property may be missing.
    if ($Object -is [System.Collections.IDictionary]) { return , $Object[$Name] }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return , $property.Value
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

function Test-SameText([string]$Left, [string]$Right) {
    # Not -eq, which follows linguistic rules and takes some different texts for equal.
    return [string]::Equals($Left, $Right, [System.StringComparison]::OrdinalIgnoreCase)
}

# ---- JSON: pure ASCII, so nothing in a value can steer a terminal ------------------------------------------------------

function ConvertTo-JsonString([string]$Text) {
    if ($Text -cnotmatch $NeedsEscape) { return '"' + $Text + '"' }
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
    Write-Warning "trying again in $milliseconds ms: $($Failure.Exception.Message)"
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

# ---- the connection ----------------------------------------------------------------------------------------------------

function Get-ActiveConnections {
    $rows = Invoke-Read { Get-ConnectionInformation -ErrorAction Stop }
    return , @($rows | Where-Object {
            (ConvertTo-Text (Get-Value $_ 'State')) -in 'Connected', '' -and (ConvertTo-Text (Get-Value $_ 'TokenStatus')) -in 'Active', ''
        })
}

