"""Decoding of texts in which a secret may be encoded."""
