"""Tests of the decoding of texts."""
