"""Checks that apply to several operations."""
