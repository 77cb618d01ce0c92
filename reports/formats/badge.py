"""Badge (badge.svg) with the overall status of a record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from reports.files import shared_files
from reports.presentation.certificate_facts import certificate_facts, product_name
from reports.presentation.sanitize import escape_unprintable
from reports.records.overall_status import overall_status, qualified_status

_SVG: Final = "http://www.w3.org/2000/svg"
_LABEL: Final = "conference API"
_COLORS: Final = {
    "conforms": "#1f7a3f",
    "conforms with waivers": "#8a5300",
    "no new failures": "#8a5300",
    "partial": "#8a5300",
    "does not conform": "#b42318",
    "inconclusive": "#6b3fb5",
}
_OTHER_COLOR: Final = "#57606a"
_CHARACTER_WIDTH: Final = 6.4  # average in pixels, at a height of 11 pixels
_LABEL_COLOR: Final = "#3a414a"
_MAX_NAME: Final = 60  # characters of product and version
_MAX_FACT: Final = 500  # characters
_MARGIN: Final = 7  # pixels on each side of a text


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the badge."""
    shared_files.write(badge(record), path)


def badge(record: Mapping[str, Any]) -> str:
    """Return the badge as SVG: the status and, of a certified run, the product and the last day.

    Without a certificate, it contains no text of others.
    """
    color = _COLORS.get(overall_status(record), _OTHER_COLOR)
    boxes = [(_LABEL, _LABEL_COLOR), (qualified_status(record), color)]
    if "certificate" in record:
        boxes.append((_certified(record), _LABEL_COLOR))
    title = ": ".join((_LABEL, ", ".join(text for text, _ in boxes[1:])))
    widths = [_width(text) for text, _ in boxes]
    size = {"width": str(sum(widths)), "height": "20"}
    svg = ET.Element("svg", {"xmlns": _SVG, **size, "role": "img", "aria-label": title})
    ET.SubElement(svg, "title").text = title
    facts = certificate_facts(record)
    if facts:
        description = "; ".join(f"{label}: {_line(value)}" for label, value in facts.items())
        ET.SubElement(svg, "desc").text = description
    clip = ET.SubElement(svg, "clipPath", {"id": "round"})
    ET.SubElement(clip, "rect", {**size, "rx": "4"})
    rectangles = ET.SubElement(svg, "g", {"clip-path": "url(#round)"})
    style = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,Geneva,sans-serif", "font-size": "11"}
    texts = ET.SubElement(svg, "g", style)
    start = 0
    for (text, fill), width in zip(boxes, widths, strict=True):
        ET.SubElement(
            rectangles, "rect", {"x": str(start), "width": str(width), "height": "20", "fill": fill}
        )
        position = {"x": str(start + _MARGIN), "y": "14", "textLength": str(width - 2 * _MARGIN)}
        ET.SubElement(texts, "text", position).text = text
        start += width
    return ET.tostring(svg, encoding="unicode") + "\n"


def _certified(record: Mapping[str, Any]) -> str:
    """Return product, version and the last day of a certificate."""
    last_day = _line(record["certificate"]["expires"][:10])
    return f"{_line(product_name(record), _MAX_NAME)}, valid until {last_day}"


def _line(text: str, limit: int = _MAX_FACT) -> str:
    return escape_unprintable(text if len(text) <= limit else f"{text[: limit - 1]}\N{HORIZONTAL ELLIPSIS}")


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER_WIDTH) + 2 * _MARGIN
