"""Our own tests: without a network, against the reference server."""
