"""Tests of the results package."""
