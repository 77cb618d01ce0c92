"""Tests of invalid input and of internal errors."""
