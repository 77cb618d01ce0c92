"""Tests of the spec package."""
