"""Execution of checks: collection, order, retries, passive checks, clean-up and the run session."""
