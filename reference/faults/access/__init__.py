"""Faults in authentication."""
