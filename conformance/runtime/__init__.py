"""Process-level services."""
