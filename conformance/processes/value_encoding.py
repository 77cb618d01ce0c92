"""Encoding of Python values as JSON, so that they can be sent to another process.

Tuples, bytes and instances of the classes of a codec are encoded as an object with the member `$`. Decoding
calls only these classes.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

_TAG: Final = "$"
_VALUE: Final = "value"
_TUPLE: Final = "tuple"
_BYTES: Final = "bytes"
_CHARACTERS: Final = "characters"
_MEMBERS: Final = "members"
_SURROGATE_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # JSON would merge the two
_Class = TypeVar("_Class")


@dataclass(frozen=True)
class Form:
    """Conversion between the instances of a class and values that can be encoded."""

    cls: type
    to_value: Callable[[Any], Any]
    from_value: Callable[[Any], Any]


def dataclass_form(cls: type) -> Form:
    """Return the form of a dataclass: its fields by name."""
    names = [field.name for field in fields(cls)]
    return Form(cls, lambda value: {name: getattr(value, name) for name in names}, lambda data: cls(**data))


def text_form(cls: type[_Class]) -> Form:
    """Return the form of a class whose instances are restored from their `str`."""
    return Form(cls, str, cls)


class Codec:
    """Encodes values that consist of JSON values, tuples, bytes and the classes of the forms."""

    def __init__(self, *forms: Form) -> None:
        self._forms = {form.cls.__name__: form for form in forms}

    def encode(self, value: Any) -> Any:
        """Return the JSON value of a value; raise TypeError for a value of any other class."""
        if value is None or type(value) in {bool, int, float}:
            return value
        if type(value) is str:
            return _tagged(_CHARACTERS, list(map(ord, value))) if _SURROGATE_PAIR.search(value) else value
        if type(value) is list:
            return [self.encode(item) for item in value]
        for name, form in self._forms.items():
            if isinstance(value, form.cls):
                return _tagged(name, self.encode(form.to_value(value)))
        return self._encode_other(value)

    def decode(self, data: Any) -> Any:
        """Return the value of an encoded value."""
        if isinstance(data, list):
            return [self.decode(item) for item in data]
        if not isinstance(data, dict):
            return data
        if _TAG not in data:
            return {name: self.decode(member) for name, member in data.items()}
        return self._decode_tagged(data[_TAG], data[_VALUE])

    def _encode_other(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._encode_members(value)
        if type(value) is tuple:
            return _tagged(_TUPLE, [self.encode(item) for item in value])
        if type(value) is bytes:
            return _tagged(_BYTES, base64.b64encode(value).decode("ascii"))
        raise TypeError(f"a value of the class {type(value).__name__} cannot be sent to another process")

    def _encode_members(self, value: Mapping[Any, Any]) -> Any:
        if all(type(name) is str and name != _TAG and not _SURROGATE_PAIR.search(name) for name in value):
            return {name: self.encode(member) for name, member in value.items()}
        members = [[self.encode(name), self.encode(member)] for name, member in value.items()]
        return _tagged(_MEMBERS, members)

    def _decode_tagged(self, tag: str, data: Any) -> Any:
        if tag == _TUPLE:
            return tuple(self.decode(item) for item in data)
        if tag == _BYTES:
            return base64.b64decode(data)
        if tag == _CHARACTERS:
            return "".join(map(chr, data))
        if tag == _MEMBERS:
            return {self.decode(name): self.decode(member) for name, member in data}
        return self._forms[tag].from_value(self.decode(data))


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {_TAG: tag, _VALUE: value}
