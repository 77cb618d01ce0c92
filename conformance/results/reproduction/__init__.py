"""Reproduction of a finding: its steps, as printed commands, as a shell script and as a pytest module."""
