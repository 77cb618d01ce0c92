"""Servers, proxies and clients that tests use."""
