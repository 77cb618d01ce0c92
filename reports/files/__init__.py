"""File access: input files from untrusted sources, and output files that only their owner may read."""
