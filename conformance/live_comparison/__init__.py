"""Comparison of two live targets: the same requests are sent to both, and their responses are compared."""
