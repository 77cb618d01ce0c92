"""Tests of the testkit package."""
