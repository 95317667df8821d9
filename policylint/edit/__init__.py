"""Changes to policy files: edits that are applied and checked, and the canonical form."""
