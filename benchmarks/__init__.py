"""Benchmarks of the suite and of comparable tools."""
