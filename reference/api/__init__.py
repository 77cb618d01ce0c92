"""Conference API of the reference server: each rule is a small method that a fault or a variant replaces."""
