"""File access: input files from untrusted sources, and output files: private ones, and reports."""
