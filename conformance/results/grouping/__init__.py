"""Grouping of findings by root cause."""
