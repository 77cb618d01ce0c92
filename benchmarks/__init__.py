"""What the suite costs, and what others cost, in figures of one run on one machine."""
