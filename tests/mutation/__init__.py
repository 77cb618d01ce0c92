"""Tests of the mutation package."""
