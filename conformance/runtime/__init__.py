"""Services of the process: its import path, its child processes and the messages between them."""
