"""Faults in the validation and parsing of requests."""
