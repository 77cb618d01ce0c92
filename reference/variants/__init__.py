"""Permitted variants of the reference server; none violates a requirement."""

from collections.abc import Iterator
from types import ModuleType

from reference.variants import (
    error_responses,
    http_transport,
    names_and_ids,
    representation,
    request_validation,
    supported_operations,
    timestamps,
)
from reference.variants.variant import Variant

_MODULES = (
    http_transport,
    error_responses,
    request_validation,
    timestamps,
    names_and_ids,
    supported_operations,
    representation,
)


def _variants(module: ModuleType) -> Iterator[Variant]:
    return (value for value in vars(module).values() if isinstance(value, Variant))


VARIANTS: dict[str, Variant] = {variant.id: variant for module in _MODULES for variant in _variants(module)}
