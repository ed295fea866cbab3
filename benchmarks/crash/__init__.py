"""The crash suite: load, kills at random moments, and a count of every acknowledged record."""
