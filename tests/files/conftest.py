"""The sample weekend, and copies of it with one thing changed."""

import shutil
from pathlib import Path

import pytest

from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario

SAMPLES = Path(__file__).parent / "samples"


class Weekend:
    """A folder with a copy of the three sample files."""

    def __init__(self, folder):
        self.folder = folder
        for file in SAMPLES.iterdir():
            shutil.copy(file, folder)

    def change(self, file, old, new):
        path = self.folder / f"{file}.yaml"
        text = path.read_text()
        assert old in text, f"{file} does not say {old!r}"
        path.write_text(text.replace(old, new, 1))
        return self

    def load(self, **more):
        return load_scenario(self.folder / "scenario.yaml", **more)

    def findings(self, **more):
        """What is found, errors and warnings, each as its text without the folder."""
        try:
            found = self.load(**more).warnings
        except InputError as error:
            found = error.findings
        return [str(finding).replace(f"{self.folder}/", "") for finding in found]


@pytest.fixture
def weekend(tmp_path):
    return Weekend(tmp_path)


@pytest.fixture
def samples():
    return SAMPLES
