# Evaluates literals in the real engine. Reads one literal a line, as base64 of UTF-8; answers each with one line: the value in
# a form without quoting of its own, or what is wrong with the literal.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

function Show($Value) {
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [bool]) { return "bool:$Value" }
    if ($Value -is [string]) { return 'text:' + [System.BitConverter]::ToString([System.Text.Encoding]::BigEndianUnicode.GetBytes($Value)).Replace('-', '').ToLowerInvariant() }
    if ($Value -is [int] -or $Value -is [long]) { return "int:$Value" }
    if ($Value -is [System.Collections.IDictionary]) { return '{' + (($Value.Keys | Sort-Object | ForEach-Object { (Show $_) + '=' + (Show $Value[$_]) }) -join ',') + '}' }
    if ($Value -is [object[]]) { return '[' + ((0..$Value.Count | Where-Object { $_ -lt $Value.Count } | ForEach-Object { Show $Value[$_] }) -join ',') + ']' }
    return 'type:' + $Value.GetType().FullName
}

# The only kinds of code a literal consists of: nothing that calls, expands or redirects.
$allowed = 'ScriptBlockAst', 'NamedBlockAst', 'PipelineAst', 'CommandExpressionAst', 'StringConstantExpressionAst', 'ConstantExpressionAst', 'ArrayExpressionAst', 'ArrayLiteralAst',
'StatementBlockAst', 'ParenExpressionAst', 'UnaryExpressionAst', 'ConvertExpressionAst', 'TypeConstraintAst', 'HashtableAst', 'VariableExpressionAst'

while ($null -ne ($line = [Console]::In.ReadLine())) {
    $source = [System.Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line))
    $tokens = $null
    $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput("`$value = $source # end", [ref]$tokens, [ref]$problems)
    $strange = @($tree.FindAll({ $args[0].GetType().Name -notin $allowed -and $args[0] -isnot [System.Management.Automation.Language.AssignmentStatementAst] }, $true))
    $answer = if ($problems) { 'problem: ' + $problems[0].Message }
    elseif ($strange.Count -gt 0) { 'problem: ' + $strange[0].GetType().Name }
    elseif ($tree.EndBlock.Statements.Count -ne 1) { 'problem: more than one statement' }
    elseif ($tokens[-2].Text -ne '# end') { 'problem: the literal swallows what follows' }
    else { . ([scriptblock]::Create("`$value = $source")); Show $value }
    [Console]::Out.WriteLine($answer)
}
