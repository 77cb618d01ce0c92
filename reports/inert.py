"""Text from a target, made harmless: what is not printable is spelled out, and what is long is cut."""


def inert(text: str) -> str:
    """Return the text with control characters, lone surrogates and their like spelled out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def readable(text: str) -> str:
    """Return the text made inert but for its line breaks and tabs."""
    return "".join(each if each in "\n\t" else inert(each) for each in text)


def cut(text: str, most: int) -> str:
    """Return as much of the text as may be shown, and how much more there is."""
    return text if len(text) <= most else f"{text[:most]} … and {len(text) - most} more characters"
