"""Secrets, their encodings, and the search for them in files."""
