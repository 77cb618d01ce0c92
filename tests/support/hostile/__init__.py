"""Servers that misbehave, on real sockets, and what a run against each of them comes to."""
