"""What may differ from our server: each variant breaks no requirement."""

from collections.abc import Iterator
from types import ModuleType

from reference.variants import error_responses, http_transport, representation, request_validation
from reference.variants.variant import Variant

_MODULES = (http_transport, error_responses, request_validation, representation)


def _of(module: ModuleType) -> Iterator[Variant]:
    return (value for value in vars(module).values() if isinstance(value, Variant))


VARIANTS: dict[str, Variant] = {variant.id: variant for module in _MODULES for variant in _of(module)}
