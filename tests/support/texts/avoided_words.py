"""Words that the text of this project does not use, and the standard words in their place."""

import re
from collections.abc import Collection
from typing import Final

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
    r"at the most|all the same|by itself": "at most, anyway, alone",
    r"we|our|ours|us": "the suite",
    r"(?<!there )is no(?! longer)": "is not a",
    r"tells?|told": "report, print, state",
    r"colours?|behaviours?|misbehaviours?|honoured": "the American spelling, as in the API",
    r"capitals|small letters": "uppercase, lowercase",
    r"user name|let in|good credentials": "username, authenticate, valid credentials",
    r"explor(e|es|ing|ation)": "fuzz campaign, property-based",
}
_IDENTIFIER: Final = re.compile(r"\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b")  # requirement ids keep their words
PATTERNS: Final = {re.compile(rf"\b({word})\b", re.IGNORECASE): better for word, better in AVOIDED.items()}


def violations(text: str, permitted: Collection[str] = ()) -> list[str]:
    """Return a message for each avoided word in a text, except within the permitted phrases."""
    text = _IDENTIFIER.sub("", text)
    for phrase in permitted:
        text = text.replace(phrase, "")
    return [
        f"{match[0]!r} in {text[max(0, match.start() - 40) : match.end() + 30]!r}: write {better}"
        for pattern, better in PATTERNS.items()
        for match in pattern.finditer(text)
    ]
