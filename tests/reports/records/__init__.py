"""Tests of the reading, merging and comparing of records."""
