"""Checks of Fabric conference rooms."""
