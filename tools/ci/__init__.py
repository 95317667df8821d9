"""The checks of a policy in the jobs of GitHub, GitLab and Azure Pipelines: check.sh, and the text of its comment."""
