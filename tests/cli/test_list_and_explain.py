"""The commands that print requirements."""

import pytest

from spec.catalogue import catalogue
from tests.support.command_line import invoke

pytestmark = pytest.mark.usefixtures("empty_folder")

NAME = "VC-CREATE-NAME-MAXLENGTH"


def test_list_prints_the_selected_requirements_in_catalogue_order() -> None:
    everything = invoke("list").output.splitlines()
    assert [line.split()[0] for line in everything] == list(catalogue())
    (line,) = invoke("list", "--select", NAME).output.splitlines()
    assert line.split(maxsplit=2) == [NAME, "must", catalogue()[NAME].sentence]
    rooms = invoke("list", "--profile", "fabric", "--select", "FCR-CREATE-*").output.splitlines()
    assert NAME not in "\n".join(rooms)


def test_list_suggests_a_similar_id() -> None:
    result = invoke("list", "--select", "VC-CREATE-NAME-MAXLENTH")
    assert result.exit_code == 2
    assert f"did you mean {NAME!r}?" in result.output


def test_list_adds_up_selections_and_subtracts_exclusions() -> None:
    result = invoke("list", "--select", "level:must", "--select", "level:may", "--exclude", "API-*,VC-*")
    levels = {line.split()[1] for line in result.output.splitlines()}
    assert levels == {"must", "may"}
    assert all(line.startswith("FCR-") for line in result.output.splitlines())


@pytest.mark.parametrize(
    "options, message",
    [
        (("--profile", "x"), "unknown profile 'x'; available: video, fabric"),
        (("--profile", "vidio"), "unknown profile 'vidio'; did you mean 'video'?"),
        (("--select", "level:mist"), "available: level:must, level:should, level:may"),
        (("--exclude", "operation:VC-GETS"), "--exclude: no requirement matches 'operation:VC-GETS'"),
        (("--exclude", "colour:red"), "unknown criterion 'colour'"),
    ],
)
def test_an_unknown_selection_of_list_is_exit_2(options: tuple[str, ...], message: str) -> None:
    result = invoke("list", *options)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize("identifier", [NAME, NAME.lower()])
def test_explain_prints_sentence_level_and_profile(identifier: str) -> None:
    result = invoke("explain", identifier)
    head, *lines = result.output.splitlines()
    assert (result.exit_code, head) == (0, NAME)
    assert f"  sentence       {catalogue()[NAME].sentence}" in lines
    assert "  level          must" in lines
    assert "  profile        video" in lines
    assert not [line for line in lines if line.endswith("None") or not line.split()[1:]]


def test_explain_suggests_a_similar_id() -> None:
    result = invoke("explain", "VC-CREATE-NAME-MAXLENTH")
    assert result.exit_code == 2
    assert "did you mean" in result.output
