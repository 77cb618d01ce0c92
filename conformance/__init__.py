"""The checks that decide whether a server speaks the Conference API, and what drives them."""

__version__ = "0.1.0"
