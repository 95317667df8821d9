@{
    RootModule = 'Policylint.psm1'
    ModuleVersion = '0.2.0'
    GUID = '3f6b1d0e-5c1c-4b0a-9a53-0d2c7f5f8e41'
    Author = 'The policylint contributors'
    CompanyName = 'The policylint contributors'
    Copyright = 'Copyright (c) 2026 The policylint contributors'
    Description = 'Policy as code for Exchange mobile device access: snapshots, checks and plans as objects. Runs the program policylint, which is installed with pip or uv.'
    PowerShellVersion = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport = @('Get-PolicylintSnapshot', 'Test-Policylint', 'Invoke-PolicylintPlan')
    CmdletsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
    PrivateData = @{
        PSData = @{
            Tags = @('Exchange', 'ExchangeOnline', 'ActiveSync', 'MobileDevice', 'PolicyAsCode', 'Lint', 'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://github.com/contoso/policylint/blob/main/LICENSE'
            ProjectUri = 'https://github.com/contoso/policylint'
            ReleaseNotes = 'https://github.com/contoso/policylint/blob/main/CHANGELOG.md'
        }
    }
}
