"""Process-level services: what a command needs of the operating system, whatever state that is in."""
