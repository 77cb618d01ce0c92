"""HTTP transports between the checks and the target, from secrets and sockets up to throttling."""
