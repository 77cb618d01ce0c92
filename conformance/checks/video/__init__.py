"""Checks of the video conferences."""
