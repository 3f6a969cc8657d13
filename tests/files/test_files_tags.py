"""What a scenario says about itself: tags, a note, and the open questions that it knows."""

import pytest

from dcsim.files.load import load_texts
from dcsim.files.write import write_scenario


def test_tags_note_and_open_questions_are_kept_and_written_back(weekend):
    """They are on the scenario, and a written scenario has them too."""
    weekend.change("scenario", "label: shortest", "opens: Q1\ntags: [smoke, da]\nnote: |\n  Two\n  lines")
    case = weekend.load()
    again = load_texts({**case.texts, "scenario": write_scenario(case.scenario)}).scenario
    for scenario in (case.scenario, again):
        assert (scenario.opens, scenario.tags, scenario.note) == (("Q1",), ("smoke", "da"), "Two\nlines\n")


@pytest.mark.parametrize("tag", ["two words", "'!slow'", "'a,b'"])
def test_a_tag_that_no_option_could_name_is_refused(weekend, tag):
    """A tag is one word; with '!' in front, the word chooses what does not have it."""
    weekend.change("scenario", "label: shortest", f"tags: [da, {tag}]")
    assert "DC109 scenario.yaml:7:12 " in weekend.findings()[0]


def test_an_open_question_that_the_rulebook_lacks_is_found(weekend):
    """With its place, and the id that was probably meant."""
    found = weekend.change("scenario", "label: shortest", "opens: [Q17]").findings()
    assert found[0] == "DC163 scenario.yaml:7:9 unknown open question 'Q17'; did you mean 'Q1'?"
