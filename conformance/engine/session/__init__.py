"""The session of a run, and of its replay."""
