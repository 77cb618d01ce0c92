"""badge.svg: what a record is worth, small enough for a README."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from reports.files import private_files
from reports.records.overall_status import waived, worth

_SVG: Final = "http://www.w3.org/2000/svg"
_LABEL: Final = "conference API"
_COLOURS: Final = {
    "conforms": "#1f7a3f",
    "conforms with waivers": "#8a5300",
    "partial": "#8a5300",
    "does not conform": "#b42318",
    "inconclusive": "#6b3fb5",
}
_OTHERWISE: Final = "#57606a"
_CHARACTER: Final = 6.4  # pixels, on the average, at 11 pixels of height
_MARGIN: Final = 7  # pixels on either side of a text


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the badge."""
    private_files.write(badge(record), path)


def badge(record: Mapping[str, Any]) -> str:
    """Return the badge as SVG; all words in it are our own."""
    word = told(record)
    left, right = _width(_LABEL), _width(word)
    title = f"{_LABEL}: {word}"
    size = {"width": str(left + right), "height": "20"}
    svg = ET.Element("svg", {"xmlns": _SVG, **size, "role": "img", "aria-label": title})
    ET.SubElement(svg, "title").text = title
    clip = ET.SubElement(svg, "clipPath", {"id": "round"})
    ET.SubElement(clip, "rect", {**size, "rx": "4"})
    boxes = ET.SubElement(svg, "g", {"clip-path": "url(#round)"})
    colour = _COLOURS.get(worth(record), _OTHERWISE)
    for start, width, fill in ((0, left, "#3a414a"), (left, right, colour)):
        ET.SubElement(boxes, "rect", {"x": str(start), "width": str(width), "height": "20", "fill": fill})
    style = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,Geneva,sans-serif", "font-size": "11"}
    texts = ET.SubElement(svg, "g", style)
    for start, width, text in ((0, left, _LABEL), (left, right, word)):
        place = {"x": str(start + _MARGIN), "y": "14", "textLength": str(width - 2 * _MARGIN)}
        ET.SubElement(texts, "text", place).text = text
    return ET.tostring(svg, encoding="unicode") + "\n"


def told(record: Mapping[str, Any]) -> str:
    """Return what a record is worth with what restricts it."""
    word = worth(record)
    if word == "partial":
        return f"conforms (partial{', with waivers' if waived(record) else ''})"
    return word


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + 2 * _MARGIN
