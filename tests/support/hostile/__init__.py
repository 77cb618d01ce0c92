"""Hostile servers on real sockets, and runs against them."""
