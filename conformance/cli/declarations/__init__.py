"""Declarations of the commands and their options; heavy modules are imported where a command is called."""
