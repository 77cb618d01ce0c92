"""Checks of video conferences."""
