"""Tests of what formats share."""
