"""Fuzz campaigns: repeated runs with new random values, and the new findings of each."""
