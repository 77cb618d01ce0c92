"""Tests of the redaction package."""
