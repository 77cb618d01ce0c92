"""Values to send, made from any JSON Schema node: such as conform, the edges first, and such as do not."""
