"""Configuration of a run: settings, target and their encoding."""
