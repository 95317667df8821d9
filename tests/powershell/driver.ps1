# Runs many cases in one process. Reads one request a line: {script, arguments, state, options, cmdlets, manifest}; answers with
# one line that begins with "result: ". What a script prints to the host stands before that line. cmdlets is the file of the
# module with the cmdlets of Exchange; manifest, which may be null, the one of ExchangeOnlineManagement.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$paths = $env:PSModulePath

while ($null -ne ($line = [Console]::In.ReadLine())) {
    $request = ConvertFrom-Json -InputObject $line
    $streams = @{ errors = @(); warnings = @(); output = @(); thrown = $null; connecting = @() }
    $arguments = @{}
    foreach ($property in $request.arguments.PSObject.Properties) { $arguments[$property.Name] = $property.Value }
    try {
        if ($request.manifest) {
            # A script may import the module by its name, which must find this one.
            $env:PSModulePath = $request.manifests + [System.IO.Path]::PathSeparator + $paths
            Import-Module -Name $request.manifest -ArgumentList $request.state, $request.options, $request.cmdlets -Force -DisableNameChecking
        }
        if (-not $request.options.PSObject.Properties['connected'] -or $request.options.connected) {
            Import-Module -Name $request.cmdlets -ArgumentList $request.state, $request.options -Force -DisableNameChecking
        }
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
    $env:PSModulePath = $paths
    foreach ($module in @(Get-Module)) {
        if ($module.Path -eq $request.cmdlets) { & $module { Save-FakeExchange } }
        if ($module.Name -eq 'ExchangeOnlineManagement' -and $module.Path) { $streams.connecting = @(& $module { $Log }) }
        if ($module.Name -like 'tmp*_fake*' -or $module.Name -eq 'ExchangeOnlineManagement') { Remove-Module -ModuleInfo $module }
    }
    $streams['exitCode'] = $LASTEXITCODE
    [Console]::Out.WriteLine('result: ' + (ConvertTo-Json -InputObject $streams -Depth 5 -Compress))
}
