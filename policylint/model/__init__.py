"""The values that the stages pass on: entities, states, devices."""
