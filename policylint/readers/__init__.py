"""Files of live state to raw snapshots."""
