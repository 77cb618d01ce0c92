"""Inputs of a fuzz campaign: cases, their values, and how they are varied."""
