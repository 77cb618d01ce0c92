"""Report formats: each module writes one file or prints one output from a record."""
