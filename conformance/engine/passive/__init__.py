"""Passive checks: evaluation of the recorded exchanges, during the run and in a background process."""
