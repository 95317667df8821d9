# What PlainSession.ps1 lacks: the objects of a fixed set, as poor as the rest of it.
New-Module -Name Plain -ScriptBlock {
    $script:plans = @([pscustomobject]@{ Name = 'ExchangeOnlineEnterprise-1f'; DisplayName = 'ExchangeOnlineEnterprise'; ActiveSyncEnabled = $true },
        [pscustomobject]@{ Name = 'ExchangeOnlineDeskless-1f'; DisplayName = 'ExchangeOnlineDeskless'; ActiveSyncEnabled = $true })
    $script:thresholds = @([pscustomobject]@{ Identity = 'UserAgentsChanges'; BehaviorType = 'UserAgentsChanges'; BehaviorTypeIncidenceLimit = 10; BehaviorTypeIncidenceDuration = '1440'; DeviceBlockDuration = [timespan]'00:10:00' })
    function Get-CASMailboxPlan { $script:plans }
    function Set-CASMailboxPlan($Identity, $ActiveSyncEnabled) { ($script:plans | Where-Object { $_.Name -eq $Identity }).ActiveSyncEnabled = $ActiveSyncEnabled }
    function Get-ActiveSyncDeviceAutoblockThreshold { $script:thresholds }
    function Set-ActiveSyncDeviceAutoblockThreshold($Identity, $DeviceBlockDuration, $BehaviorTypeIncidenceDuration) {
        if ($DeviceBlockDuration) { $script:thresholds[0].DeviceBlockDuration = [timespan]$DeviceBlockDuration }
        if ($BehaviorTypeIncidenceDuration) { $script:thresholds[0].BehaviorTypeIncidenceDuration = $BehaviorTypeIncidenceDuration }
    }
} | Import-Module
