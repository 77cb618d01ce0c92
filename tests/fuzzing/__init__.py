"""Tests of the fuzzing package."""
