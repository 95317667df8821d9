"""Tests of what nobody should write: repositories, files, texts, streams."""
