"""Text from a target, made harmless: what is not printable is spelled out, and what is long is cut."""


def inert(text: str) -> str:
    """Return the text with control characters, lone surrogates and their like spelled out."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def readable(text: str) -> str:
    """Return the text made inert but for its line breaks and tabs."""
    return "\n".join("\t".join(map(inert, line.split("\t"))) for line in text.split("\n"))


def told(text: str, most: int) -> str:
    """Return as much of the text as may be shown, made readable, and how much more there is."""
    shown = readable(text[:most])
    return shown if len(text) <= most else f"{shown} … and {len(text) - most} more characters"
