"""Tests of exact answers about configurations."""
