"""The checks in jobs of GitHub, GitLab and Azure Pipelines: each shell step is run, against services that are not."""
