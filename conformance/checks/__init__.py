"""Checks: pytest tests, each of which decides one requirement."""
