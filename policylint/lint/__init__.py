"""What is wrong with a policy, and where."""
