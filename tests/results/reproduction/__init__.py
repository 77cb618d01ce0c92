"""Tests of the files and commands that reproduce findings."""
