"""The documentation uses the standard words, not those in the left column of the glossary."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import name, pages, prose

AVOIDED: Final = {
    r"answer(s|ed|ing)?": "response, respond",
    r"refus(e|es|ed|al|als|ing)": "reject, rejection",
    r"mend(s|ed|ing)?": "fix",
    r"nobody|whoever": "the request, the response or the tool as the subject",
    r"aside|lookout|onlooker": "in a background process",
    r"besides": "also",
    r"drawn?|draws": "generated, generate",
    r"stand-ins?": "placeholder",
    r"spellings?": "encoding",
    r"testimony|retrial": "evidence, replay",
    r"thrift|vigil|room at": "sampling, outage detection, live-resource limit",
    r"bites?|barks?": "detect, false positive",
    r"blamed?|blames": "false positive",
    r"caught": "detected",
    r"only noted|left open": "only reported, unspecified",
    r"at the most|all the same|by itself|at once": "at most, anyway, alone, immediately or concurrently",
    r"we|our|ours|us": "the suite",
    r"is no|are no": "is not a",
    r"tells?|told": "report, print, state",
    r"colours?|behaviours?|misbehaviours?|honoured": "the American spelling, as in the API",
    r"capitals|small letters|letter case": "uppercase, lowercase, case",
    r"user name|let in|good credentials": "username, authenticate, valid credentials",
    r"explor(e|es|ing|ation)": "fuzz campaign, property-based",
}
PATTERNS: Final = {re.compile(rf"\b({word})\b", re.IGNORECASE): better for word, better in AVOIDED.items()}
PERMITTED: Final = ("exits at once", "exit at once", "conferences at once", "draws the plots")


@pytest.mark.parametrize("page", pages(), ids=name)
def test_a_page_uses_the_standard_words(page: Path) -> None:
    text = prose(page)
    for permitted in PERMITTED:
        text = text.replace(permitted, "")
    found = [
        f"{match[0]!r} in {text[max(0, match.start() - 40) : match.end() + 30]!r}: write {better}"
        for pattern, better in PATTERNS.items()
        for match in pattern.finditer(text)
    ]
    assert found == []
