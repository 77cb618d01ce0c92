"""The proof that checks bite and none barks: every fault, every variant, and the page that shows it.

Of right servers, `conformance prove` tries more: fifty mixtures, and each variant alone with every case.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.config.settings import Effort
from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.mutation.matrix import extent, mixtures, prove
from reports.formats import mutation_report as report

SEEDS = 12
SERVERS = re.compile(r"- \d+ servers with permitted differences: ")  # of which more are tried for the page
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "detection.md"
MARK = "<!-- what follows is matrix.md of `conformance prove --output DIR`, letter for letter -->\n"


@pytest.fixture(scope="module")
def matrix() -> dict[str, Any]:
    return prove(extent([], [], seeds=SEEDS, alone=Effort.SMOKE, workers=2), lambda _, __: None)


@pytest.fixture(scope="module")
def proofs(matrix: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: f"{each['proof']}: {', '.join(each['broken'][:9])}" for each in matrix["faults"]}


@pytest.fixture(scope="module")
def blamed(matrix: dict[str, Any]) -> dict[tuple[str, ...], list[str]]:
    return {server["variants"]: list(server["blamed"]) for server in matrix["variants"]}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_checks_named_for_it(proofs: dict[str, str], fault: str) -> None:
    assert proofs[fault].startswith("caught: ")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_not_blamed(blamed: dict[tuple[str, ...], list[str]], variant: str) -> None:
    assert blamed[variant,] == []


@pytest.mark.parametrize("seed, variants", list(mixtures(tuple(VARIANTS), SEEDS)))
def test_a_mixture_of_variants_is_not_blamed(
    blamed: dict[tuple[str, ...], list[str]], seed: int, variants: tuple[str, ...]
) -> None:
    assert blamed[variants] == [], f"seed {seed}"


def test_the_page_shows_the_matrix_as_it_is(matrix: dict[str, Any]) -> None:
    shown, proven = (
        [line for line in text.splitlines() if not SERVERS.match(line)]
        for text in (PAGE.read_text(encoding="utf-8").partition(MARK)[2], report.markdown(matrix))
    )
    assert shown == proven
