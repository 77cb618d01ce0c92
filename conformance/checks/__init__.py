"""Checks: each is a pytest test that decides one requirement."""
