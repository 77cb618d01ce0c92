"""Command group: help, error messages and shell completion."""
