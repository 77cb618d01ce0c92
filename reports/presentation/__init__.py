"""Presentation of a record that several formats share: safe text, excerpts, groupings and messages."""
