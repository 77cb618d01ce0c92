"""Mutation testing of the suite: its checks against faults and permitted variants of the reference server."""
