# Three commands over the program policylint. They find it, run it and turn its JSON into objects; what they know of policies,
# devices and plans is what it says. For Windows PowerShell 5.1 and PowerShell 7, in plain ASCII.
#
# What needs a command of PowerShell in a script is written here as methods and operators where there are any: an alias or a
# function of the session, or a default for a parameter, does not reach those.

if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    throw "this session restricts modules to $($ExecutionContext.SessionState.LanguageMode): sign the files of the module Policylint with a certificate that the machine's policy trusts, or use the program policylint itself"
}

Set-StrictMode -Version 3.0
$PSDefaultParameterValues = @{}
$OFS = ' '
$OnWindows = [System.Environment]::OSVersion.Platform -eq 'Win32NT'
$Utf8 = [System.Text.UTF8Encoding]::new($false)

function Get-Version {
    # Not known while the module is loaded.
    return [string]$ExecutionContext.SessionState.Module.Version
}

# ---- errors ------------------------------------------------------------------------------------------------------------

function New-Failure([string]$Id, [string]$Message, [string]$Category = 'InvalidOperation', $Target = $null) {
    return [System.Management.Automation.ErrorRecord]::new([System.InvalidOperationException]::new($Message), $Id, $Category, $Target)
}

function ConvertTo-Message([string]$Text) {
    # What the program said, without the word that PowerShell says itself, and with help on the line that it is for: PowerShell 7
    # shows an error as one line.
    return [regex]::Replace([regex]::Replace($Text.Trim(), '\A(?:error|note|warning): ', ''), '\r?\n[ ]+= help: ([^\r\n]*)', ' ($1)')
}

# ---- the program -------------------------------------------------------------------------------------------------------

function ConvertTo-Argument([string]$Text) {
    # One argument of a command line, as every program of Windows reads it back, and .NET does elsewhere. A list of arguments
    # would need no quotes, but Windows PowerShell has none to give to a process.
    # Source: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
    return '"' + [regex]::Replace([regex]::Replace($Text, '(\\*)"', '$1$1\"'), '(\\+)\z', '$1$1') + '"'
}

function Invoke-Program([string]$File, [string[]]$Arguments, [string]$Folder) {
    # The exit code and the texts of a program. Its output is read as UTF-8 whatever the code page of the console.
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = $File
    $start.Arguments = @(foreach ($argument in $Arguments) { ConvertTo-Argument $argument }) -join ' '
    $start.WorkingDirectory = $Folder
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = $Utf8
    $start.StandardErrorEncoding = $Utf8
    $start.EnvironmentVariables['NO_COLOR'] = '1'
    $process = $null
    try {
        try { $process = [System.Diagnostics.Process]::Start($start) }
        catch { throw (New-Failure 'PolicylintNotStarted' "$File cannot be started: $($_.Exception.GetBaseException().Message)" 'ResourceUnavailable' $File) }
        $process.StandardInput.Close()
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        # In pieces, so that Ctrl-C is heard.
        while (-not $process.WaitForExit(200)) { continue }
        return @{ ExitCode = $process.ExitCode; Output = $output.GetAwaiter().GetResult(); Errors = $errors.GetAwaiter().GetResult() }
    }
    finally {
        if ($null -ne $process) {
            if (-not $process.HasExited) { $process.Kill() }
            $process.Dispose()
        }
    }
}

function Find-Application([string]$Name) {
    # The first program of that name on PATH that can be started with any argument. A batch file cannot: what runs it reads
    # %, & and quotes of the arguments as its own.
    foreach ($command in $ExecutionContext.InvokeCommand.GetCommands($Name, 'Application', $false)) {
        if (Test-Startable $command.Path) { return $command.Path }
    }
}

function Test-Startable([string]$File) {
    return -not $OnWindows -or [System.IO.Path]::GetExtension($File).ToLowerInvariant() -in '.exe', '.com'
}

function Find-Policylint($Cmdlet, [string]$Named) {
    # The file to start, and the arguments before those of policylint itself.
    $from = '-Policylint'
    if (-not $Named) {
        $from = '$env:POLICYLINT'
        $Named = [System.Environment]::GetEnvironmentVariable('POLICYLINT')
    }
    if ($Named) {
        $file = if ($Named -match '[\\/]') { Resolve-FilePath $Cmdlet $Named } else { Find-Application $Named }
        if (-not $file -or -not [System.IO.File]::Exists($file)) { throw (New-Failure 'PolicylintNotFound' "there is no program ${Named}, which $from names" 'ObjectNotFound' $Named) }
        if (-not (Test-Startable $file)) { throw (New-Failure 'PolicylintNotFound' "$Named, which $from names, is no .exe: name the policylint.exe that pip or uv installed" 'ObjectNotFound' $Named) }
        return @{ File = $file; Arguments = @() }
    }
    $file = Find-Application 'policylint'
    if ($file) { return @{ File = $file; Arguments = @() } }
    # -P: a policylint in the current folder, which is the repository with the policy, is not run.
    $module = '-P', '-m', 'policylint'
    foreach ($name in 'py', 'python3') {
        $file = Find-Application $name
        if (-not $file) { continue }
        $answer = Invoke-Program $file ($module + '--version') ([System.IO.Path]::GetTempPath())
        if ($answer.ExitCode -eq 0 -and $answer.Output.StartsWith('policylint ', [System.StringComparison]::Ordinal)) { return @{ File = $file; Arguments = $module } }
    }
    throw (New-Failure 'PolicylintNotFound' ("the program policylint was not found: not on PATH, and not as a module of py or python3. Install it with 'py -m pip install policylint' " +
            "(Linux, macOS: 'python3 -m pip install policylint') or 'uv tool install policylint', or name it with -Policylint or `$env:POLICYLINT") 'ObjectNotFound' 'policylint')
}

function Invoke-Policylint($Cmdlet, [hashtable]$Program, [string[]]$Arguments, [string]$Folder, [int[]]$Codes = @(0)) {
    # What the program answers where its exit code is one of $Codes; otherwise its own message as an error that ends the command.
    $Cmdlet.WriteVerbose("in ${Folder}: $($Program.File) $($Program.Arguments + $Arguments)")
    $answer = Invoke-Program $Program.File ($Program.Arguments + $Arguments) $Folder
    if ($answer.ExitCode -notin $Codes) {
        $message = ConvertTo-Message $answer.Errors
        if (-not $message) { $message = "policylint ended with exit code $($answer.ExitCode) and said nothing" }
        switch ($answer.ExitCode) {
            1 { throw (New-Failure 'PolicylintFindings' $message 'InvalidData' $Folder) }
            3 { throw (New-Failure 'PolicylintUsage' $message 'InvalidArgument' $Folder) }
            4 { throw (New-Failure 'PolicylintCannotRun' $message 'InvalidOperation' $Folder) }
            default { throw (New-Failure 'PolicylintFailed' "policylint ended with exit code $($answer.ExitCode): $message" 'NotSpecified' $Folder) }
        }
    }
    return $answer
}

function Write-Remark($Cmdlet, [string]$Text) {
    # What the program said besides its answer: notes and warnings, with the help below them, and what it did.
    foreach ($match in [regex]::Matches($Text, '(?m)^(?<line>\S.*(?:\r?\n[ \t]+.*)*)')) {
        $line = $match.Groups['line'].Value.TrimEnd()
        if ($line -cmatch '\A(?:note|warning): ') { $Cmdlet.WriteWarning((ConvertTo-Message $line)) } else { $Cmdlet.WriteVerbose($line) }
    }
}

# ---- JSON --------------------------------------------------------------------------------------------------------------

# ConvertFrom-Json is not used: Windows PowerShell takes 2 MB at most, and PowerShell 7 makes times of texts that look like one.

if ($PSVersionTable.PSVersion.Major -lt 6) { [void][System.Reflection.Assembly]::Load('System.Runtime.Serialization, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089') }

function ConvertFrom-Answer([string]$Text, [string]$Format, [string[]]$Without = @()) {
    # The object of a JSON text of that format, which ends the command where it is another; its members begin with a capital.
    $object = $null
    $reader = $null
    try {
        $reader = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonReader($Utf8.GetBytes($Text), [System.Xml.XmlDictionaryReaderQuotas]::Max)
        [void]$reader.Read()
        $object = Read-JsonValue $reader $Without
    }
    catch [System.Xml.XmlException] { throw (New-Failure 'PolicylintAnswer' "policylint did not answer with JSON: $($_.Exception.Message)" 'InvalidData' $Text) }
    finally { if ($null -ne $reader) { $reader.Dispose() } }
    if ($object -isnot [psobject] -or $null -eq $object.PSObject.Properties['Format'] -or $object.Format -cne $Format) {
        throw (New-Failure 'PolicylintAnswer' "policylint did not answer in the format ${Format}: this is the module of version $(Get-Version), use the program of that version" 'InvalidData' $Text)
    }
    return $object
}

function Read-JsonValue($Reader, [string[]]$Without = @()) {
    # The value at the reader, which is then behind it. Members named in $Without are passed over.
    $kind = $Reader.GetAttribute('type')
    if ($kind -cne 'object' -and $kind -cne 'array') { return (Read-JsonLeaf $Reader $kind) }
    $members = [ordered]@{}
    $items = [System.Collections.Generic.List[object]]::new()
    $empty = $Reader.IsEmptyElement
    [void]$Reader.Read()
    while (-not $empty -and $Reader.NodeType -eq 'Element') {
        $name = $Reader.GetAttribute('item')
        if ($null -eq $name) { $name = $Reader.LocalName }
        if ($Without.Count -gt 0 -and $name -cin $Without) { $Reader.Skip(); continue }
        $inner = $Reader.GetAttribute('type')
        if ($inner -ceq 'object' -or $inner -ceq 'array') { $value = Read-JsonValue $Reader } else { $value = Read-JsonLeaf $Reader $inner }
        # By the invariant culture: in Turkish the capital of i is another letter.
        if ($kind -ceq 'array') { $items.Add($value) } else { $members[$name.Substring(0, [Math]::Min(1, $name.Length)).ToUpperInvariant() + $name.Substring([Math]::Min(1, $name.Length))] = $value }
    }
    if (-not $empty) { [void]$Reader.Read() }
    if ($kind -ceq 'array') { return , $items.ToArray() }
    return [pscustomobject]$members
}

function Read-JsonLeaf($Reader, [string]$Kind) {
    $text = $Reader.ReadElementContentAsString()
    switch -CaseSensitive ($Kind) {
        'null' { return $null }
        'boolean' { return $text -ceq 'true' }
        'number' {
            $whole = [long]0
            if ([long]::TryParse($text, 'AllowLeadingSign', [System.Globalization.CultureInfo]::InvariantCulture, [ref]$whole)) { return $whole }
            return [double]::Parse($text, [System.Globalization.CultureInfo]::InvariantCulture)
        }
        default { return $text }
    }
}

function ConvertTo-Time([string]$Text) {
    # A time in UTC; nothing where it is none.
    $time = [datetime]::MinValue
    if ([datetime]::TryParse($Text, [System.Globalization.CultureInfo]::InvariantCulture, 'AdjustToUniversal, AssumeUniversal', [ref]$time)) { return $time }
    return $null
}

# ---- files -------------------------------------------------------------------------------------------------------------

function Resolve-FilePath($Cmdlet, [string]$Path) {
    # The full path of a file or folder that need not be there. No character is a wildcard. Relative to where the file system
    # is, also where the session is in a drive of something else.
    $state = $Cmdlet.SessionState.Path
    $provider = $null
    $drive = $null
    if ($Path -cmatch '\A(?:~(?=\z|[\\/])|[^\\/:]+:)') {
        try { $full = $state.GetUnresolvedProviderPathFromPSPath($Path, [ref]$provider, [ref]$drive) }
        catch { throw (New-Failure 'PolicylintPath' "$Path is no path of a file: $($_.Exception.GetBaseException().Message)" 'InvalidArgument' $Path) }
        if ($provider.Name -cne 'FileSystem') { throw (New-Failure 'PolicylintPath' "$Path is no file: it belongs to the provider $($provider.Name)" 'InvalidArgument' $Path) }
        return $full
    }
    $folder = $state.CurrentFileSystemLocation.ProviderPath
    # One that is rooted without a drive is of the drive of the folder.
    if ($Path -cmatch '\A[\\/](?![\\/])' -and $folder -cmatch '\A[A-Za-z]:') { $Path = $folder.Substring(0, 2) + $Path }
    return [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($folder, $Path))
}

function Resolve-Folder($Cmdlet, [string]$Path) {
    $folder = Resolve-FilePath $Cmdlet $Path
    if (-not [System.IO.Directory]::Exists($folder)) { throw (New-Failure 'PolicylintPath' "${folder}: no such folder; -Path is the folder with policylint.yaml" 'ObjectNotFound' $folder) }
    return $folder
}

function New-TemporaryPath([string]$Extension) {
    return [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'policylint-' + [guid]::NewGuid().ToString('N') + $Extension)
}

function Get-ProjectArguments($Cmdlet, [string]$Environment, [string[]]$Snapshot) {
    # Each option is one argument with its value, so that no value is taken for an option.
    if ($Environment) { "--env=$Environment" }
    foreach ($path in $Snapshot) { if ($path) { "--snapshot=$(Resolve-FilePath $Cmdlet $path)" } }
}

# ---- the commands ------------------------------------------------------------------------------------------------------

function Get-PolicylintSnapshot {
    <#
    .SYNOPSIS
    Reads the mobile device access settings of the connected Exchange organization into one sealed file.

    .DESCRIPTION
    Runs the script of 'policylint export-script' in this session, which must be connected to Exchange: it only reads, and writes
    this one file, and only whole. Run it where policylint.yaml is, so that the script knows which mailboxes the policy makes
    strict. Returns the file with what it holds.

    .PARAMETER Path
    The file to write. A file of an earlier run is replaced only at the end.

    .PARAMETER Edition
    The edition of Exchange. Left out, it is that of policylint.yaml, or Exchange Online.

    .PARAMETER Environment
    The environment of policylint.yaml.

    .PARAMETER Redact
    Write pseudonyms instead of what names the organization or a person. A plan refuses such a file.

    .PARAMETER Resume
    Go on after the last whole section of the .partial file that an earlier run left.

    .PARAMETER Statistics
    Of which mailboxes to read when devices last synced: Strict (left out), All or None. One call a mailbox.

    .PARAMETER Connect
    Open a session with Exchange Online for this run, and close it at the end.

    .PARAMETER Policylint
    The program policylint. Left out, it is that of $env:POLICYLINT, or is looked for.

    .OUTPUTS
    Policylint.Snapshot: FullName, Organization, Tenant, Edition, TakenAt (UTC), Redacted, Complete, Counts, Problems.

    .EXAMPLE
    Connect-ExchangeOnline; Get-PolicylintSnapshot live.json

    Writes live.json and shows what it holds.

    .EXAMPLE
    Get-PolicylintSnapshot live.json | Invoke-PolicylintPlan -OutScript converge.ps1

    Reads live state and plans against it.

    .LINK
    https://github.com/contoso/policylint/blob/main/docs/powershell-module.md
    #>
    [CmdletBinding()]
    [OutputType('Policylint.Snapshot')]
    param(
        [Parameter(Mandatory = $true, Position = 0)][ValidateNotNullOrEmpty()][string]$Path,
        [ValidateSet('exchange-online', 'exchange-2013', 'exchange-2016', 'exchange-2019', 'exchange-se')][string]$Edition,
        [string]$Environment,
        [switch]$Redact,
        [switch]$Resume,
        [ValidateSet('None', 'Strict', 'All')][string]$Statistics,
        [switch]$Connect,
        [string]$Policylint
    )
    $script = New-TemporaryPath '.ps1'
    $code = $ExecutionContext.SessionState.PSVariable.GetValue('global:LASTEXITCODE')
    try {
        $program = Find-Policylint $PSCmdlet $Policylint
        $file = Resolve-FilePath $PSCmdlet $Path
        $folder = $PSCmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath
        $arguments = @('export-script', "--output=$script") + @(Get-ProjectArguments $PSCmdlet $Environment)
        if ($Edition) { $arguments += "--edition=$Edition" }
        $answer = Invoke-Policylint $PSCmdlet $program $arguments $folder
        Write-Remark $PSCmdlet $answer.Errors
        $given = @{ Path = $file }
        foreach ($name in 'Redact', 'Resume', 'Statistics', 'Connect') { if ($PSBoundParameters.ContainsKey($name)) { $given[$name] = $PSBoundParameters[$name] } }
        # In the caller's scope, where the cmdlets of the connection are. Only errors are held back: one is thrown below.
        $run = $PSCmdlet.SessionState.InvokeCommand.NewScriptBlock('param($Script, $Given) & $Script @Given')
        $said = @(foreach ($record in & $run $script $given 2>&1) { if ($record -is [System.Management.Automation.ErrorRecord]) { $record.Exception.Message } })
        $failed = $ExecutionContext.SessionState.PSVariable.GetValue('global:LASTEXITCODE')
        if ($failed -ne 0) { throw (New-Failure 'PolicylintExport' ($said -join [System.Environment]::NewLine) 'ReadError' $file) }
        # Exit code 4: something in the file is not whole, which the answer says.
        $answer = Invoke-Policylint $PSCmdlet $program ('snapshot', 'show', '--format=json', '--no-objects', $file) $folder (0, 4)
        if (-not $answer.Output) { throw (New-Failure 'PolicylintCannotRun' (ConvertTo-Message $answer.Errors) 'InvalidOperation' $file) }
        $shown = ConvertFrom-Answer $answer.Output 'policylint-snapshot-show/1'
        $counts = [ordered]@{}
        foreach ($section in $shown.Sections) { $counts[$section.Section] = $section.Objects }
        $problems = @($shown.Problems; foreach ($section in $shown.Sections) { $section.Problems })
        foreach ($problem in $problems) { if ($problem.Severity -cne 'info') { $PSCmdlet.WriteWarning($problem.Message) } }
        $found = [pscustomobject]@{
            PSTypeName = 'Policylint.Snapshot'; FullName = $file; Organization = $shown.Header.Organization; Tenant = $shown.Header.Tenant; Edition = $shown.Header.Edition
            TakenAt = (ConvertTo-Time $shown.Header.TakenAt); Redacted = $shown.Header.Redacted; Complete = $answer.ExitCode -eq 0
            Counts = [pscustomobject]$counts; Problems = $problems
        }
    }
    catch { $PSCmdlet.ThrowTerminatingError($_) }
    finally {
        [System.IO.File]::Delete($script)
        $ExecutionContext.SessionState.PSVariable.Set('global:LASTEXITCODE', $code)
    }
    $found
}

function Test-Policylint {
    <#
    .SYNOPSIS
    Checks a policy: what lint finds, and the tests that fail.

    .DESCRIPTION
    Runs 'policylint lint' and 'policylint test' in a folder and returns one object for each finding and each test that failed or
    could not be decided. Findings are no errors of PowerShell: Fails says which of them fail the check, as the exit code of the
    program does. What the program cannot do (no policy, a wrong option, a file it cannot read) is an error that ends the command.

    .PARAMETER Path
    The folder with policylint.yaml, or one below it. Left out, it is the current one.

    .PARAMETER Environment
    The environment of policylint.yaml.

    .PARAMETER Snapshot
    Live state instead of the snapshot that policylint.yaml names. Takes the output of Get-PolicylintSnapshot from the pipeline.

    .PARAMETER Strict
    Warnings fail the check too.

    .PARAMETER Quiet
    Return only $true (nothing fails) or $false.

    .PARAMETER Policylint
    The program policylint. Left out, it is that of $env:POLICYLINT, or is looked for.

    .OUTPUTS
    Policylint.Finding: File, Line, Column, Severity, Rule, Message, Help, Url, Fails. The rule of a test is 'test'. With -Quiet a boolean.

    .EXAMPLE
    Test-Policylint | Where-Object Severity -eq error

    Shows the errors of the policy in the current folder.

    .EXAMPLE
    if (-not (Test-Policylint C:\policy -Strict -Quiet)) { throw 'the policy has findings' }

    Stops a script where the policy has an error or a warning.

    .LINK
    https://github.com/contoso/policylint/blob/main/docs/powershell-module.md
    #>
    [CmdletBinding()]
    [OutputType('Policylint.Finding')]
    [OutputType([bool])]
    param(
        [Parameter(Position = 0)][ValidateNotNullOrEmpty()][string]$Path = '.',
        [string]$Environment,
        [Parameter(ValueFromPipelineByPropertyName = $true)][Alias('FullName')][string[]]$Snapshot,
        [switch]$Strict,
        [switch]$Quiet,
        [string]$Policylint
    )
    process {
        try {
            $program = Find-Policylint $PSCmdlet $Policylint
            $folder = Resolve-Folder $PSCmdlet $Path
            $project = @(Get-ProjectArguments $PSCmdlet $Environment $Snapshot)
            $options = @(if ($Strict) { '--strict' })
            $linted = Invoke-Policylint $PSCmdlet $program (@('lint', '--format=json') + $options + $project) $folder (0, 1)
            if (-not $linted.Output) { throw (New-Failure 'PolicylintFailed' (ConvertTo-Message $linted.Errors) 'NotSpecified' $folder) }
            Write-Remark $PSCmdlet $linted.Errors
            $lint = ConvertFrom-Answer $linted.Output 'policylint-lint/1' 'hidden', 'baseline'
            $tested = Invoke-Policylint $PSCmdlet $program (@('test', '--format=json') + $project) $folder (0, 1)
            $rows = @()
            if ($tested.Output) {
                $test = ConvertFrom-Answer $tested.Output 'policylint-test/1' 'coverage', 'snapshot'
                $rows = @($test.Tests; if ($test.PSObject.Properties['Assertions']) { $test.Assertions })
                Write-Remark $PSCmdlet $tested.Errors
            }
            # A policy that is not valid is not tested, and lint has just said why.
            elseif ($linted.ExitCode -ne 0) { $PSCmdlet.WriteWarning('the tests of the policy did not run: it is not valid') }
            else { throw (New-Failure 'PolicylintFailed' (ConvertTo-Message $tested.Errors) 'InvalidData' $folder) }
        }
        catch { $PSCmdlet.ThrowTerminatingError($_) }
        if ($Quiet) { return ($linted.ExitCode -eq 0 -and $tested.ExitCode -eq 0) }
        foreach ($row in $lint.Diagnostics) {
            [pscustomobject]@{
                PSTypeName = 'Policylint.Finding'; File = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($folder, $row.Path)); Line = $row.Line; Column = $row.Column
                Severity = $row.Severity; Rule = $row.Rule; Message = $row.Message; Help = $row.Help; Url = $row.Url
                Fails = $row.Severity -ceq 'error' -or ($Strict -and $row.Severity -ceq 'warning')
            }
        }
        foreach ($row in $rows) {
            if ($row.Outcome -cin 'passed', 'skipped') { continue }
            [pscustomobject]@{
                PSTypeName = 'Policylint.Finding'; File = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($folder, $row.Path)); Line = $row.Line; Column = $null
                Severity = 'error'; Rule = 'test'; Message = "$($row.Outcome): $($row.Name): $($row.Message)"; Help = $null; Url = $null; Fails = $true
            }
        }
    }
}

function Invoke-PolicylintPlan {
    <#
    .SYNOPSIS
    Plans what has to change in live state, and writes the plan and its script where asked to. Changes nothing in Exchange.

    .DESCRIPTION
    Runs 'policylint plan' in a folder and returns the plan as one object. With -OutScript it also writes the script that makes
    the change, which it never runs. A plan that a guard refuses has no script: that is an error that does not end the command,
    the object says under Refusals why, and an earlier script is left as it was.

    .PARAMETER Path
    The folder with policylint.yaml, or one below it. Left out, it is the current one.

    .PARAMETER Environment
    The environment of policylint.yaml.

    .PARAMETER Snapshot
    Live state instead of the snapshot that policylint.yaml names. Takes the output of Get-PolicylintSnapshot from the pipeline.

    .PARAMETER OutPlan
    The file to save the plan in, with each device whose access changes.

    .PARAMETER OutScript
    The file to write the script of the plan to.

    .PARAMETER Acknowledge
    The text of a refusal that is lifted, as Acknowledge of Refusals shows it. Needs -Reason.

    .PARAMETER Reason
    Why refusals are lifted.

    .PARAMETER Policylint
    The program policylint. Left out, it is that of $env:POLICYLINT, or is looked for.

    .OUTPUTS
    Policylint.Plan: InSync, Steps, NewlyDenied, NewlyAllowed (numbers of devices), Refusals, Warnings, Drift, Organization, Edition, Snapshot,
    Fingerprint, PlanFile, ScriptFile (both $null where none was written).

    .EXAMPLE
    Invoke-PolicylintPlan C:\policy -OutPlan plan.json -OutScript converge.ps1

    Writes the plan and its script. Read the script, then run it in a session with Exchange: ./converge.ps1 -Report report.md

    .EXAMPLE
    (Invoke-PolicylintPlan).Steps | Select-Object Action, Kind, Identity

    Shows what would change.

    .LINK
    https://github.com/contoso/policylint/blob/main/docs/powershell-module.md
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Policylint.Plan')]
    param(
        [Parameter(Position = 0)][ValidateNotNullOrEmpty()][string]$Path = '.',
        [string]$Environment,
        [Parameter(ValueFromPipelineByPropertyName = $true)][Alias('FullName')][string[]]$Snapshot,
        [string]$OutPlan,
        [string]$OutScript,
        [string[]]$Acknowledge,
        [string]$Reason,
        [string]$Policylint
    )
    process {
        $temporary = New-TemporaryPath '.json'
        try {
            $program = Find-Policylint $PSCmdlet $Policylint
            $folder = Resolve-Folder $PSCmdlet $Path
            $planFile = $scriptFile = $null
            if ($OutPlan) { $planFile = Resolve-FilePath $PSCmdlet $OutPlan }
            if ($OutScript) { $scriptFile = Resolve-FilePath $PSCmdlet $OutScript }
            if ($planFile -and -not $PSCmdlet.ShouldProcess($planFile, 'write the plan')) { $planFile = $null }
            if ($scriptFile -and -not $PSCmdlet.ShouldProcess($scriptFile, 'write the script of the plan')) { $scriptFile = $null }
            $saved = if ($planFile) { $planFile } elseif ($scriptFile) { $temporary } else { $null }
            $arguments = @('plan', '--format=json') + @(Get-ProjectArguments $PSCmdlet $Environment $Snapshot)
            foreach ($text in $Acknowledge) { $arguments += "--acknowledge=$text" }
            if ($Reason) { $arguments += "--reason=$Reason" }
            if ($saved) { $arguments += "--out=$saved" }
            $answer = Invoke-Policylint $PSCmdlet $program $arguments $folder (0, 1)
            # A policy that is not valid has no plan; the program says why.
            if (-not $answer.Output) { throw (New-Failure 'PolicylintFindings' (ConvertTo-Message $answer.Errors) 'InvalidData' $folder) }
            Write-Remark $PSCmdlet $answer.Errors
            $plan = ConvertFrom-Answer $answer.Output 'policylint-plan/1' 'affected', 'evidence'
            if ($scriptFile -and $plan.Refusals.Count -gt 0) {
                $why = @(foreach ($refusal in $plan.Refusals) { $refusal.Message }) -join '; '
                $PSCmdlet.WriteError((New-Failure 'PolicylintRefused' "the plan is refused, so there is no script: $why" 'PermissionDenied' $scriptFile))
                $scriptFile = $null
            }
            if ($scriptFile) {
                $made = Invoke-Policylint $PSCmdlet $program ('apply-script', "--output=$scriptFile", $saved) $folder
                Write-Remark $PSCmdlet $made.Errors
            }
            $denied = [long]0
            foreach ($pair in $plan.Impact.ByPair) { if ($pair.From -ceq 'Allowed' -and $pair.To -cne 'Allowed') { $denied += $pair.Devices } }
            $found = [pscustomobject]@{
                PSTypeName = 'Policylint.Plan'; InSync = $plan.InSync; Steps = $plan.Steps; NewlyDenied = $denied; NewlyAllowed = $plan.Impact.NewlyAllowed
                Refusals = $plan.Refusals; Warnings = $plan.Warnings; Drift = $plan.Drift; Organization = $plan.Organization; Edition = $plan.Edition; Snapshot = $plan.Snapshot
                Fingerprint = $plan.Fingerprint; PlanFile = $planFile; ScriptFile = $scriptFile
            }
        }
        catch { $PSCmdlet.ThrowTerminatingError($_) }
        finally { [System.IO.File]::Delete($temporary) }
        $found
    }
}
