"""Checks that go beyond the edges: random bodies, and what schemathesis makes of the API description."""
