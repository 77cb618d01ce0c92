"""Valid and invalid values generated from JSON Schema nodes, boundary values first."""
