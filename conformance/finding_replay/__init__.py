"""Replay of recorded findings: their requests are sent again, and each is present, gone or changed."""
