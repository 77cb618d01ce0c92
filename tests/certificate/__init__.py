"""Tests of the certificate package."""
