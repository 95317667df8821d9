"""What files of live state hold, for people and for programs."""
