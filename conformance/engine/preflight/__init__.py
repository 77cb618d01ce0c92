"""The preflight: whether a run against the target can start."""
