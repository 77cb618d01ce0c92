"""Workloads that the scaling benchmark runs in their own processes."""
