"""A server that keeps every promise of the Conference API, and the ways in which one can fail to."""
