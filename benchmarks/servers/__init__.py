"""Servers that the benchmarks measure tools against."""
