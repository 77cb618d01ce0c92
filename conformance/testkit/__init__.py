"""Tools that checks are written with: API client, assertions, markers and test data."""
