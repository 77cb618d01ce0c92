"""What the documentation of the Conference API promises, as data, and a small loader for it."""
