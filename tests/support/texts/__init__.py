"""Parsers of files and printed texts, and the words that texts do not use."""
