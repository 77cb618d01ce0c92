"""Citations of the documentation."""

from collections.abc import Mapping

from spec.data_files import load_yaml


def format_citations(places: Mapping[str, str | None]) -> str:
    """Return places, by the keys of their sources, as text with titles and URLs."""
    return "; ".join(_format_citation(key, place) for key, place in places.items())


def _format_citation(key: str, place: str | None) -> str:
    sources = load_yaml("sources.yaml")
    if key not in sources:
        raise ValueError(f"no source {key!r} in spec/sources.yaml; expected one of {', '.join(sources)}")
    source = sources[key]
    title = source["title"] if place is None else f"{source['title']}: {place}"
    return f"{title} ({source['url']})" if "url" in source else title
