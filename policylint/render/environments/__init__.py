"""The environments of policylint.yaml and their plans, for people and for programs that run a job for each."""
