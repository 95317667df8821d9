"""Nodes and snapshots to states."""
