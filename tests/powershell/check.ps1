# Parses a script without running it and prints as JSON what a reviewer asks first: does it parse, is it plain ASCII, which
# commands does it call, which syntax or parameters would Windows PowerShell 5.1 not know.
param([Parameter(Mandatory = $true)][string]$Path)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$tokens = $null
$problems = $null
$tree = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref]$tokens, [ref]$problems)
$commands = @($tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true))
$functions = @($tree.FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object { $_.Name })
$newer = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'QuestionMark', 'AndAnd', 'OrOr', 'Clean'
$bytes = [System.IO.File]::ReadAllBytes($Path)
$pipedInto = foreach ($pipeline in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.PipelineAst] }, $true)) {
    foreach ($element in @($pipeline.PipelineElements | Select-Object -Skip 1)) { if ($element -is [System.Management.Automation.Language.CommandAst] -and $element.GetCommandName()) { $element.GetCommandName() } }
}
[ordered]@{
    problems = @($problems | ForEach-Object { $_.Message })
    ascii = @($bytes | Where-Object { $_ -gt 126 -or ($_ -lt 32 -and $_ -ne 13 -and $_ -ne 10) }).Count -eq 0
    newer = @($tokens | Where-Object { "$($_.Kind)" -in $newer } | ForEach-Object { $_.Text })
    commands = @($commands | ForEach-Object { if ($_.GetCommandName()) { $_.GetCommandName() } else { '& ' + $_.CommandElements[0].Extent.Text } } | Where-Object { $_ -notin $functions } | Sort-Object -Unique)
    pipedInto = @($pipedInto | Where-Object { $_ -notin $functions } | Sort-Object -Unique)
    functions = @($functions | Sort-Object)
    requires = @(if ($tree.ScriptRequirements) { "$($tree.ScriptRequirements.RequiredPSVersion)" })
    parameters = @(if ($tree.ParamBlock) { $tree.ParamBlock.Parameters | ForEach-Object { $_.Name.VariablePath.UserPath } })
    expandable = @($tokens | Where-Object { "$($_.Kind)" -like 'HereString*' } | ForEach-Object { $_.Text })
} | ConvertTo-Json -Depth 4
