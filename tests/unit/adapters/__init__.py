"""Tests of what touches files and git."""
