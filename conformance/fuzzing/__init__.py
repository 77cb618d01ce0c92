"""Exploration for as long as one likes: run after run with other random values, and what is new in each."""
