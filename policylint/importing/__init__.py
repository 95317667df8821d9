"""Live state as the policy files that a person would have written of it."""
