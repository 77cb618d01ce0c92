"""Tests of file access."""
