"""Checks of the Fabric conference rooms."""
