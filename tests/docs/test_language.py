"""The documentation uses the standard words, not those in the left column of the glossary."""

from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import name, pages, prose
from tests.support.texts.avoided_words import violations

PERMITTED: Final = ("draws the plots",)


@pytest.mark.parametrize("page", pages(), ids=name)
def test_a_page_uses_the_standard_words(page: Path) -> None:
    assert violations(prose(page), PERMITTED) == []
