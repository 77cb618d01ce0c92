"""Badge (badge.svg) with the overall status of a record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from reports.files import private_files
from reports.records.overall_status import overall_status, qualified_status

_SVG: Final = "http://www.w3.org/2000/svg"
_LABEL: Final = "conference API"
_COLORS: Final = {
    "conforms": "#1f7a3f",
    "conforms with waivers": "#8a5300",
    "partial": "#8a5300",
    "does not conform": "#b42318",
    "inconclusive": "#6b3fb5",
}
_OTHER_COLOR: Final = "#57606a"
_CHARACTER_WIDTH: Final = 6.4  # average in pixels, at a height of 11 pixels
_MARGIN: Final = 7  # pixels on each side of a text


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the badge."""
    private_files.write(badge(record), path)


def badge(record: Mapping[str, Any]) -> str:
    """Return the badge as SVG, without any text from the target."""
    status = qualified_status(record)
    label_width, status_width = _width(_LABEL), _width(status)
    title = f"{_LABEL}: {status}"
    size = {"width": str(label_width + status_width), "height": "20"}
    svg = ET.Element("svg", {"xmlns": _SVG, **size, "role": "img", "aria-label": title})
    ET.SubElement(svg, "title").text = title
    clip = ET.SubElement(svg, "clipPath", {"id": "round"})
    ET.SubElement(clip, "rect", {**size, "rx": "4"})
    boxes = ET.SubElement(svg, "g", {"clip-path": "url(#round)"})
    color = _COLORS.get(overall_status(record), _OTHER_COLOR)
    for start, width, fill in ((0, label_width, "#3a414a"), (label_width, status_width, color)):
        ET.SubElement(boxes, "rect", {"x": str(start), "width": str(width), "height": "20", "fill": fill})
    style = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,Geneva,sans-serif", "font-size": "11"}
    texts = ET.SubElement(svg, "g", style)
    for start, width, text in ((0, label_width, _LABEL), (label_width, status_width, status)):
        position = {"x": str(start + _MARGIN), "y": "14", "textLength": str(width - 2 * _MARGIN)}
        ET.SubElement(texts, "text", position).text = text
    return ET.tostring(svg, encoding="unicode") + "\n"


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER_WIDTH) + 2 * _MARGIN
