"""Reference server of the Conference API, with optional faults and permitted variants."""
