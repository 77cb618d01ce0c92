"""Tests of the processes package."""
