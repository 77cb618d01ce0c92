"""Configuration: where settings and credentials come from."""
