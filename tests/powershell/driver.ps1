# Runs many cases in one process. Reads one request a line: {script, arguments, state, options, cmdlets, manifest, manifests,
# other}; answers with one line that begins with "result: ". What a script prints to the host stands before that line. cmdlets
# is the file of the module with the cmdlets of Exchange; manifest, which may be null, the one of ExchangeOnlineManagement;
# other, which may be null, the cmdlets, state and options of a second organization.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$paths = $env:PSModulePath
$preferences = 'ErrorActionPreference', 'WarningPreference', 'VerbosePreference', 'DebugPreference', 'InformationPreference', 'ProgressPreference', 'ConfirmPreference', 'WhatIfPreference', 'OFS', 'PSNativeCommandUseErrorActionPreference'

function Get-Items([string]$Drive) {
    # The functions, aliases or variables of the session, by name. No command is called, as any may be shadowed.
    $found = @{}
    foreach ($item in $ExecutionContext.InvokeProvider.ChildItem.Get("${Drive}:\", $false)) {
        $found[$item.Name] = switch ($Drive) { 'Function' { $item.ScriptBlock } 'Alias' { $item.Definition } default { $item.Value } }
    }
    return $found
}

function Reset-Session([hashtable]$Before) {
    foreach ($drive in 'Alias', 'Function') {
        $now = Get-Items $drive
        foreach ($name in $now.Keys) {
            $old = $Before[$drive][$name]
            if ($old -is [string] -and $old -ceq $now[$name] -or [object]::ReferenceEquals($old, $now[$name])) { continue }
            $path = "${drive}:\" + [System.Management.Automation.WildcardPattern]::Escape($name)
            if ($null -eq $old) { $ExecutionContext.InvokeProvider.Item.Remove($path, $false) }
            else { [void]$ExecutionContext.InvokeProvider.Item.Set($path, $old) }
        }
    }
    foreach ($name in (Get-Items 'Variable').Keys) {
        # Those that the engine keeps for itself refuse.
        if (-not $Before.Variable.ContainsKey($name) -and $name -notin 'record', 'session') { try { $ExecutionContext.SessionState.PSVariable.Remove("global:$name") } catch { continue } }
    }
    foreach ($name in $preferences) { if ($Before.Variable.ContainsKey($name)) { $ExecutionContext.SessionState.PSVariable.Set("global:$name", $Before.Variable[$name]) } }
}

while ($null -ne ($line = [Console]::In.ReadLine())) {
    $request = ConvertFrom-Json -InputObject $line
    $streams = @{ errors = @(); warnings = @(); output = @(); thrown = $null; connecting = @(); left = @{} }
    $arguments = @{}
    foreach ($property in $request.arguments.PSObject.Properties) { $arguments[$property.Name] = $property.Value }
    $session = $null
    $global:LASTEXITCODE = $null
    try {
        if ($request.manifest) {
            # A script may import the module by its name, which must find this one.
            $env:PSModulePath = $request.manifests + [System.IO.Path]::PathSeparator + $paths
            Import-Module -Name $request.manifest -ArgumentList $request.state, $request.options, $request.cmdlets -Force -DisableNameChecking
        }
        if (-not $request.options.PSObject.Properties['connected'] -or $request.options.connected) {
            Import-Module -Name $request.cmdlets -ArgumentList $request.state, $request.options -Force -DisableNameChecking
        }
        if ($request.other) { Import-Module -Name $request.other.cmdlets -ArgumentList $request.other.state, $request.other.options -Force -DisableNameChecking }
        $ErrorActionPreference = 'Continue'
        $PSDefaultParameterValues = @{}
        if ($request.options.PSObject.Properties['shadow']) {
            $session = @{ Function = (Get-Items 'Function'); Alias = (Get-Items 'Alias'); Variable = (Get-Items 'Variable') }
            . ([scriptblock]::Create($request.options.shadow))
        }
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
    foreach ($key in $PSDefaultParameterValues.Keys) { $streams.left[[string]$key] = [string]$PSDefaultParameterValues[$key] }
    foreach ($name in $preferences) { if ($null -ne $ExecutionContext.SessionState.PSVariable.Get($name)) { $streams.left['$' + $name] = [string]$ExecutionContext.SessionState.PSVariable.GetValue($name) } }
    $PSDefaultParameterValues = @{}
    if ($null -ne $session) {
        Reset-Session $session
        Set-StrictMode -Version 3.0
    }
    $ErrorActionPreference = 'Stop'
    $env:PSModulePath = $paths
    foreach ($module in @(Get-Module)) {
        if ($module.Path -eq $request.cmdlets -or ($request.other -and $module.Path -eq $request.other.cmdlets)) { & $module { Save-FakeExchange } }
        if ($module.Name -eq 'ExchangeOnlineManagement' -and $module.Path) { $streams.connecting = @(& $module { $Log }) }
        if ($module.Name -clike 'tmp*_fake*' -or $module.Name -eq 'ExchangeOnlineManagement') { Remove-Module -ModuleInfo $module }
    }
    $streams['exitCode'] = $LASTEXITCODE
    [Console]::Out.WriteLine('result: ' + (ConvertTo-Json -InputObject $streams -Depth 5 -Compress))
}
