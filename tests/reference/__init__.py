"""Tests of the reference package."""
