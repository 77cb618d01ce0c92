"""Terminal output of runs and fuzz campaigns."""
