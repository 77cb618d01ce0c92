"""Checks of what holds for every operation."""
