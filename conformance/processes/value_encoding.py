"""Encoding of Python values as JSON, so that they can be sent to another process.

What JSON has no notation for becomes an object with the member `$`: a tuple, bytes, and an instance of one of
the classes that a codec is made for. Decoding calls nothing but those classes.
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
_MERGING: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # JSON would make one character of the two
_Class = TypeVar("_Class")


@dataclass(frozen=True)
class Form:
    """How the values of a class are written: as which value, and how they are made of that again."""

    of: type
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def record(of: type) -> Form:
    """Return the form of a dataclass: its fields by name."""
    names = [field.name for field in fields(of)]
    return Form(of, lambda value: {name: getattr(value, name) for name in names}, lambda told: of(**told))


def text(of: type[_Class]) -> Form:
    """Return the form of a class whose values are made of what `str` returns of them."""
    return Form(of, str, of)


class Codec:
    """Encodes values made of JSON values, tuples, bytes and the classes that forms are given for."""

    def __init__(self, *forms: Form) -> None:
        self._forms = {form.of.__name__: form for form in forms}

    def encode(self, value: Any) -> Any:
        """Return a JSON value; raise TypeError for a value of any other class."""
        if value is None or type(value) in {bool, int, float}:
            return value
        if type(value) is str:
            return _tagged(_CHARACTERS, list(map(ord, value))) if _MERGING.search(value) else value
        if type(value) is list:
            return [self.encode(each) for each in value]
        for name, form in self._forms.items():
            if isinstance(value, form.of):
                return _tagged(name, self.encode(form.write(value)))
        return self._encode_other(value)

    def decode(self, told: Any) -> Any:
        """Return the value that was encoded."""
        if isinstance(told, list):
            return [self.decode(each) for each in told]
        if not isinstance(told, dict):
            return told
        if _TAG not in told:
            return {name: self.decode(each) for name, each in told.items()}
        return self._decode_tagged(told[_TAG], told[_VALUE])

    def _encode_other(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._encode_members(value)
        if type(value) is tuple:
            return _tagged(_TUPLE, [self.encode(each) for each in value])
        if type(value) is bytes:
            return _tagged(_BYTES, base64.b64encode(value).decode("ascii"))
        raise TypeError(f"a value of the class {type(value).__name__} cannot be sent to another process")

    def _encode_members(self, value: Mapping[Any, Any]) -> Any:
        if all(type(name) is str and name != _TAG and not _MERGING.search(name) for name in value):
            return {name: self.encode(each) for name, each in value.items()}
        return _tagged(_MEMBERS, [[self.encode(name), self.encode(each)] for name, each in value.items()])

    def _decode_tagged(self, tag: str, told: Any) -> Any:
        if tag == _TUPLE:
            return tuple(self.decode(each) for each in told)
        if tag == _BYTES:
            return base64.b64decode(told)
        if tag == _CHARACTERS:
            return "".join(map(chr, told))
        if tag == _MEMBERS:
            return {self.decode(name): self.decode(each) for name, each in told}
        return self._forms[tag].read(self.decode(told))


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {_TAG: tag, _VALUE: value}
