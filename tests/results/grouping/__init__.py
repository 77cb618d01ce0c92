"""Tests of the grouping of findings."""
