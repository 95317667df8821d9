# What a profile may have done to a session, and a script must not be led by; what it says about errors and
# warnings of the script itself is the caller's own. Runs before each case where
# POLICYLINT_HOSTILE_PROFILE is set.
$PSDefaultParameterValues = @{
    'Set-CASMailbox:ActiveSyncEnabled' = $false; 'Set-CASMailbox:OWAEnabled' = $false; 'Set-MobileDeviceMailboxPolicy:PasswordEnabled' = $false
    'New-MobileDeviceMailboxPolicy:AllowBluetooth' = 'Disable'; 'Set-ActiveSyncOrganizationSettings:DefaultAccessLevel' = 'Block'
    'Get-CASMailbox:ResultSize' = 1; 'Get-MobileDevice:ResultSize' = 1; 'Get-MobileDevice:Mailbox' = 'john.doe@contoso.com'
    'Get-ActiveSyncDeviceAccessRule:Identity' = 'iPhone (DeviceType)'; 'Get-MobileDeviceMailboxPolicy:Identity' = 'Default'
    'Get-*:ErrorAction' = 'SilentlyContinue'; 'Set-*:ErrorAction' = 'SilentlyContinue'; 'Remove-*:ErrorAction' = 'SilentlyContinue'; 'New-*:WhatIf' = $true
    '*-*:WarningAction' = 'SilentlyContinue'; '*-*:OutVariable' = 'global:seen'
    'Where-Object:Property' = 'Name'; 'ForEach-Object:MemberName' = 'ToString'; 'Get-Command:ListImported' = $true; 'Sort-Object:Descending' = $true
    'Write-Host:NoNewline' = $true; 'Start-Sleep:Seconds' = 5; 'Get-Random:Minimum' = 100000; 'Join-Path:ChildPath' = 'elsewhere'
}
$OFS = ';'
$ProgressPreference = 'SilentlyContinue'
$ConfirmPreference = 'None'
$InformationPreference = 'SilentlyContinue'
Set-StrictMode -Version Latest

function Where-Object { throw 'the function Where-Object of a profile was called' }
function ForEach-Object { throw 'the function ForEach-Object of a profile was called' }
function Sort-Object { throw 'the function Sort-Object of a profile was called' }
function Get-Command { throw 'the function Get-Command of a profile was called' }
function Get-Random { throw 'the function Get-Random of a profile was called' }
function Get-Location { throw 'the function Get-Location of a profile was called' }
function Join-Path { throw 'the function Join-Path of a profile was called' }
function ConvertFrom-Json { throw 'the function ConvertFrom-Json of a profile was called' }
function Write-Host { throw 'the function Write-Host of a profile was called' }
function Write-Warning { throw 'the function Write-Warning of a profile was called' }
function Write-Verbose { throw 'the function Write-Verbose of a profile was called' }
function Start-Sleep { throw 'the function Start-Sleep of a profile was called' }
function Import-Module { throw 'the function Import-Module of a profile was called' }
function Stop-Profile { throw 'an alias of a profile was called' }
function prompt { throw 'the prompt was called' }
