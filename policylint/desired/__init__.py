"""The desired state: what there will be once the policy is in force."""
