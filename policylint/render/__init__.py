"""Values to text: for people, for programs, for PowerShell."""
