# A session that is not connected, with the two cmdlets that connect and disconnect; TENANT is put in by the test.
New-Module -Name ExchangeOnlineManagement -ScriptBlock {
    $log = [System.Collections.Generic.List[string]]::new()
    function Connect-ExchangeOnline { [CmdletBinding()] param([string[]]$CommandName, [bool]$ShowBanner) $log.Add('connect ' + ($CommandName -join ',')) }
    function Disconnect-ExchangeOnline { [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')] param() $log.Add('disconnect') }
    function Get-ConnectionInformation {
        [CmdletBinding()] param()
        if ($log.Count -gt 0 -and $log[$log.Count - 1] -like 'connect*') { [pscustomobject]@{ TenantID = 'TENANT'; State = 'Connected'; TokenStatus = 'Active' } }
    }
    function Show-Log { $log }
} | Import-Module -Force
