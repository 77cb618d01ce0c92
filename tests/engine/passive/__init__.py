"""Tests of passive checks."""
