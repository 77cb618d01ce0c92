"""Servers, runs, records and files that several tests use."""
