"""A project - configuration, policy, snapshot, rules - taken through the stages, from whatever holds its texts."""
