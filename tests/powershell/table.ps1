# Reads scripts without running them. Takes one path a line; answers each with one line of JSON: what its one table of data says,
# evaluated only where it is literals, its help, and what is wrong with it.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$allowed = 'PipelineAst', 'CommandExpressionAst', 'StringConstantExpressionAst', 'ConstantExpressionAst', 'ArrayExpressionAst', 'ArrayLiteralAst',
'StatementBlockAst', 'ParenExpressionAst', 'UnaryExpressionAst', 'ConvertExpressionAst', 'TypeConstraintAst', 'HashtableAst', 'VariableExpressionAst'
while ($null -ne ($path = [Console]::In.ReadLine())) {
    $tokens = $null
    $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseFile($path, [ref]$tokens, [ref]$problems)
    $tables = @(foreach ($statement in $tree.EndBlock.Statements) { if ($statement.Extent.Text.StartsWith('$Plan = ')) { $statement.Right } })
    $strange = @($tables[0].FindAll({ $args[0].GetType().Name -notin $allowed }, $true) | ForEach-Object { $_.GetType().Name })
    $variables = @($tables[0].FindAll({ $args[0] -is [System.Management.Automation.Language.VariableExpressionAst] }, $true) | ForEach-Object { $_.VariablePath.UserPath } | Sort-Object -Unique)
    $help = $tree.GetHelpContent()
    $answer = @{
        problems = @($problems | ForEach-Object { $_.Message }); tables = $tables.Count; strange = $strange; variables = $variables
        table = if ($strange.Count -eq 0) { & ([scriptblock]::Create($tables[0].Extent.Text)) }
        synopsis = $help.Synopsis; notes = $help.Notes; examples = $help.Examples.Count; parameters = @($help.Parameters.Keys)
        tokens = @($tokens | Where-Object { $_.Kind -notin 'NewLine', 'Comment', 'EndOfInput' }).Count
    }
    [Console]::Out.WriteLine((ConvertTo-Json -InputObject $answer -Depth 20 -Compress -EscapeHandling EscapeNonAscii))
}
