"""Search in one process: sends cases, judges the responses, confirms and shrinks findings."""
