"""Citations of the documentation."""

from collections.abc import Collection, Mapping
from typing import Final

from spec.data_files import load_yaml

_PURPOSE: Final = "purpose"


def format_citations(places: Mapping[str, str | None]) -> str:
    """Return places, by the keys of their sources, as text with titles and URLs."""
    return "; ".join(_format_citation(key, place) for key, place in places.items())


def is_on_a_page(sources: Collection[str]) -> bool:
    """Return whether the sources are pages of the documentation, without the purpose of the operation."""
    return _PURPOSE not in sources and not all(map(_is_standard, sources))


def _is_standard(source: str) -> bool:
    return source.startswith("rfc") or source == "json-schema"


def _format_citation(key: str, place: str | None) -> str:
    sources = load_yaml("sources.yaml")
    if key not in sources:
        raise ValueError(f"no source {key!r} in spec/sources.yaml; expected one of {', '.join(sources)}")
    source = sources[key]
    title = source["title"] if place is None else f"{source['title']}: {place}"
    return f"{title} ({source['url']})" if "url" in source else title
