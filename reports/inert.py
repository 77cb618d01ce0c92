"""Text from a target, made harmless for a terminal: what is not printable is spelled out."""


def inert(text: str) -> str:
    """Return the text with control characters, lone surrogates and their like spelled out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
