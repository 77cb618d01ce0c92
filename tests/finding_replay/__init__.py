"""Tests of the replay of findings."""
