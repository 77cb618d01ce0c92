"""Servers written as a vendor would write them, in several frameworks, and what the suite finds in them."""
