"""Redaction of secrets: what is recognized, and what takes its place."""
