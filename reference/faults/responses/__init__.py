"""Faults in the status codes, bodies and members of responses."""
