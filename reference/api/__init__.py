"""Conference API of the reference server, in small methods that faults and variants override."""
