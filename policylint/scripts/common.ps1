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
