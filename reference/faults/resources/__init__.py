"""Faults in stored resources and in the operations on them."""
