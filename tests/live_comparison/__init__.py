"""Tests of the comparison of two live targets."""
