"""Certificates: signed statements of what a run found, and their verification."""
