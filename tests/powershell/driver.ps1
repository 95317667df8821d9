# Runs many cases in one process. Reads one request a line: {script, arguments, state, options}; answers with one line that
# begins with "result: ". What a script prints to the host stands before that line.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$fake = Join-Path -Path $PSScriptRoot -ChildPath 'FakeExchange.psm1'

while ($null -ne ($line = [Console]::In.ReadLine())) {
    $request = ConvertFrom-Json -InputObject $line
    $streams = @{ errors = @(); warnings = @(); output = @(); thrown = $null }
    $arguments = @{}
    foreach ($property in $request.arguments.PSObject.Properties) { $arguments[$property.Name] = $property.Value }
    try {
        Import-Module -Name $fake -ArgumentList $request.state, $request.options -Force -DisableNameChecking
        $global:LASTEXITCODE = $null
        $ErrorActionPreference = 'Continue'
        foreach ($record in @(& $request.script @arguments *>&1)) {
            switch ($record) {
                { $_ -is [System.Management.Automation.ErrorRecord] } { $streams.errors += "$_" }
                { $_ -is [System.Management.Automation.WarningRecord] } { $streams.warnings += "$_" }
                default { $streams.output += "$_" }
            }
        }
    }
    catch {
        $streams.thrown = "$_" + $_.ScriptStackTrace
    }
    $ErrorActionPreference = 'Stop'
    Save-FakeExchange
    Remove-Module -Name FakeExchange
    $streams['exitCode'] = $LASTEXITCODE
    [Console]::Out.WriteLine('result: ' + (ConvertTo-Json -InputObject $streams -Depth 4 -Compress))
}
