"""Where the documentation says what it says."""

from collections.abc import Mapping

from spec.data_files import parsed


def cited(places: Mapping[str, str | None]) -> str:
    """Spell out places, by the keys of their sources, as titles, places and addresses for people."""
    return "; ".join(_cited(key, place) for key, place in places.items())


def _cited(key: str, place: str | None) -> str:
    known = parsed("sources.yaml")
    if key not in known:
        raise ValueError(f"no source {key!r} in spec/sources.yaml; there are {', '.join(known)}")
    title = known[key]["title"] if place is None else f"{known[key]['title']}: {place}"
    return f"{title} ({known[key]['url']})" if "url" in known[key] else title
