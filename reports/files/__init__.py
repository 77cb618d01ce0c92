"""File access: input files from untrusted sources, and output files that only the owner can read."""
