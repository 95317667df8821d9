# A fake of the module ExchangeOnlineManagement: which connections there are, connecting and disconnecting. The cmdlets of
# Exchange are in another module, as those of a real connection are; it is imported by whoever starts the session, or here on
# connecting.
#
# Options, all optional (see FakeExchange.psm1 for the others):
#   connections    rows of Get-ConnectionInformation; what a row leaves out is as of a connection in use
#   connected      false: no connection until Connect-ExchangeOnline is called
#   connectFails   a connection is made, and then connecting fails
#   reconnected    {asked: number, ...}: from that time on that the connections are asked for, the one in use has these values
param([string]$StatePath = $env:FAKE_EXCHANGE_STATE, $Options = $null, [string]$Cmdlets = $env:FAKE_EXCHANGE_CMDLETS)

Set-StrictMode -Version 3.0
# PowerShell's own, whatever the session of a test calls so.
$ImportModule = $ExecutionContext.InvokeCommand.GetCommand('Import-Module', 'Cmdlet')

if ($null -eq $Options) { $Options = if ($env:FAKE_EXCHANGE_OPTIONS) { ConvertFrom-Json -InputObject $env:FAKE_EXCHANGE_OPTIONS } else { @{} } }

function Get-Option([string]$Name, $Default) {
    $value = $null
    if ($Options -is [System.Collections.IDictionary]) { $value = $Options[$Name] } elseif ($Options.PSObject.Properties[$Name]) { $value = $Options.$Name }
    if ($null -eq $value) { return , $Default }
    return , $value
}

function Get-DefaultRow([int]$Number, $Header) {
    return [ordered]@{
        ConnectionId = "c0000000-0000-4000-8000-{0:d12}" -f $Number; State = 'Connected'; TokenStatus = 'Active'
        TenantID = $(if ($Header) { $Header.tenant }); Organization = $(if ($Header) { $Header.organization })
        UserPrincipalName = 'admin@contoso.com'; ModuleName = "C:\Users\admin\AppData\Local\Temp\tmpEXO_fake{0:d4}.abc" -f $Number
        ModulePrefix = (Get-Option 'prefix' ''); IsEopSession = $false; DelegatedOrganization = ''
    }
}

$Rows = [System.Collections.Generic.List[object]]::new()
$Log = [System.Collections.Generic.List[object]]::new()
$Asked = @{ Times = 0 }
$Header = $null
if ($StatePath) {
    $json = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($StatePath))
    if ($json.PSObject.Properties['header']) { $Header = $json.header }
}
$given = Get-Option 'connections' $null
if ($null -ne $given) {
    # The first connection in use is the one whose cmdlets are loaded, so it has the first number.
    $number = 2
    $first = $true
    foreach ($row in @($given)) {
        $used = $first -and -not ($row.PSObject.Properties['IsEopSession'] -and $row.IsEopSession) -and (-not $row.PSObject.Properties['State'] -or $row.State -eq 'Connected')
        if ($used) { $first = $false; $whole = Get-DefaultRow 1 $Header } else { $whole = Get-DefaultRow ($number++) $Header }
        foreach ($property in $row.PSObject.Properties) { $whole[$property.Name] = $property.Value }
        $Rows.Add([pscustomobject]$whole)
    }
}
elseif ((Get-Option 'edition' 'exchange-online') -eq 'exchange-online' -and (Get-Option 'connected' $true)) { $Rows.Add([pscustomobject](Get-DefaultRow 1 $Header)) }

function Add-Log([string]$Cmdlet, $Bound) {
    $arguments = [ordered]@{}
    foreach ($name in $Bound.Keys) { if ($name -notin 'Confirm', 'ErrorAction') { $arguments[$name] = $Bound[$name] } }
    $Log.Add([ordered]@{ cmdlet = $Cmdlet; parameters = $arguments })
}

function Get-ConnectionInformation {
    [CmdletBinding()]
    param([string[]]$ConnectionId, [string]$ModulePrefix)
    $other = Get-Option 'reconnected' $null
    if ($null -ne $other -and ++$Asked.Times -ge $other.asked) { foreach ($property in $other.PSObject.Properties) { if ($property.Name -ne 'asked') { $Rows[0].($property.Name) = $property.Value } } }
    foreach ($row in $Rows) {
        if ($ConnectionId -and $row.ConnectionId -notin $ConnectionId) { continue }
        $row
    }
}

function Connect-ExchangeOnline {
    [CmdletBinding()]
    param(
        [string]$UserPrincipalName, [string]$AppId, [string]$CertificateThumbprint, [string]$CertificateFilePath, [string]$Organization,
        [string]$DelegatedOrganization, [switch]$ManagedIdentity, [string]$ExchangeEnvironmentName, [string]$Prefix, [string[]]$CommandName, [bool]$ShowBanner,
        [object]$SigningCertificate, [switch]$Device
    )
    Add-Log 'Connect-ExchangeOnline' $PSBoundParameters
    $row = Get-DefaultRow ($Rows.Count + 1) $Header
    $row['ModulePrefix'] = $Prefix
    if ($Organization) { $row['Organization'] = $Organization }
    if ($DelegatedOrganization) { $row['DelegatedOrganization'] = $DelegatedOrganization }
    $Rows.Add([pscustomobject]$row)
    if (Get-Option 'connectFails' $false) { throw 'The cmdlets could not be loaded.' }
    if ($Cmdlets) {
        $only = @{ ArgumentList = @($StatePath, $Options, $CommandName) }
        if ($Prefix) { $only['Prefix'] = $Prefix }
        & $ImportModule -Name $Cmdlets @only -Global -Force -DisableNameChecking
    }
}

function Disconnect-ExchangeOnline {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([string[]]$ConnectionId, [string[]]$ModulePrefix)
    if (-not $PSCmdlet.ShouldProcess('Running this cmdlet disconnects all active sessions.', 'Disconnect-ExchangeOnline')) { return }
    Add-Log 'Disconnect-ExchangeOnline' $PSBoundParameters
    foreach ($row in @($Rows)) {
        if ($ConnectionId -and $row.ConnectionId -notin $ConnectionId) { continue }
        if ($ModulePrefix -and $row.ModulePrefix -notin $ModulePrefix) { continue }
        [void]$Rows.Remove($row)
    }
}

Export-ModuleMember -Function @(foreach ($name in 'Get-ConnectionInformation', 'Connect-ExchangeOnline', 'Disconnect-ExchangeOnline') { if ($name -notin (Get-Option 'without' @())) { $name } })
