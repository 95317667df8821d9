# A session that is less than Exchange. Plain functions: no -Confirm, no -ErrorAction, no ShouldProcess; Get- with an identity
# that it does not know returns everything; objects without Guid or Identity, but for the organization; lists as single values, array lists and null.
New-Module -Name Plain -ScriptBlock {
    $script:organization = [pscustomobject]@{ Guid = [guid]'99999999-2222-4333-8444-555555555555'; DefaultAccessLevel = 'Allow'; AdminMailRecipients = 'admin@contoso.com' }
    $script:rules = [System.Collections.ArrayList]@(, [pscustomobject]@{ Name = 'iPhone (DeviceType)'; Characteristic = 'DeviceType'; QueryString = 'iPhone'; AccessLevel = 'Allow' })
    $script:mailboxes = @(
        @{ PrimarySmtpAddress = 'john.doe@contoso.com'; ActiveSyncEnabled = 'True'; ActiveSyncAllowedDeviceIDs = $null; ActiveSyncMailboxPolicy = $null }
        @{ PrimarySmtpAddress = 'kim.ray@contoso.com'; ActiveSyncEnabled = $true; ActiveSyncAllowedDeviceIDs = [System.Collections.ArrayList]@('A'); ActiveSyncMailboxPolicy = 'Default' }
    )
    function Get-ActiveSyncOrganizationSettings { $script:organization }
    function Get-ADServerSettings { @{ ViewEntireForest = 'True'; RecipientViewRoot = $null } }
    function Set-ActiveSyncOrganizationSettings($DefaultAccessLevel, $AdminMailRecipients) {
        if ($DefaultAccessLevel) { $script:organization.DefaultAccessLevel = $DefaultAccessLevel }
        if ($AdminMailRecipients) { $script:organization.AdminMailRecipients = [System.Collections.ArrayList]@($AdminMailRecipients.Add) }
    }
    function Get-ActiveSyncDeviceAccessRule { if ($script:rules.Count -eq 0) { $null } else { $script:rules } }
    function New-ActiveSyncDeviceAccessRule($Characteristic, $QueryString, $AccessLevel) {
        $rule = [pscustomobject]@{ Name = "$QueryString ($Characteristic)"; Characteristic = $Characteristic; QueryString = $QueryString; AccessLevel = $AccessLevel }
        [void]$script:rules.Add($rule)
        $rule
    }
    function Set-ActiveSyncDeviceAccessRule($Identity, $AccessLevel) { ($script:rules | Where-Object { $_.Name -eq $Identity }).AccessLevel = $AccessLevel }
    function Remove-ActiveSyncDeviceAccessRule($Identity) { $script:rules.Remove(($script:rules | Where-Object { $_.Name -eq $Identity })) }
    function Get-MobileDeviceMailboxPolicy { @{ Name = 'Default'; IsDefault = $true } }
    function Get-CASMailbox($Identity) {
        $found = @($script:mailboxes | Where-Object { $_.PrimarySmtpAddress -eq $Identity })
        if ($found.Count -gt 0) { $found } else { $script:mailboxes }
    }
    function Set-CASMailbox($Identity, $ActiveSyncEnabled, $ActiveSyncAllowedDeviceIDs) {
        $one = @($script:mailboxes | Where-Object { $_.PrimarySmtpAddress -eq $Identity })[0]
        if ($null -ne $ActiveSyncEnabled) { $one.ActiveSyncEnabled = $ActiveSyncEnabled }
        if ($ActiveSyncAllowedDeviceIDs) { $one.ActiveSyncAllowedDeviceIDs = @($one.ActiveSyncAllowedDeviceIDs) + @($ActiveSyncAllowedDeviceIDs.Add) | Where-Object { $_ } }
    }
    function Get-MobileDevice($Mailbox) {
        if ($Mailbox -eq 'kim.ray@contoso.com') { @{ DeviceId = 'A'; DeviceType = 'iPhone' } }
        if (-not $Mailbox) { @{ DeviceId = 'A'; DeviceType = 'iPhone' }; @{ DeviceId = 'B'; DeviceType = 'Android' } }
    }
} | Import-Module
