"""Child processes: how they start, what they import, and the messages between them."""
