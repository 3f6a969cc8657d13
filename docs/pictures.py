"""Take the pictures of the pages anew: `python docs/pictures.py` (the extra `test`, and a chromium).

Each picture is a part of a page that dcsim writes, at a fixed width and scale, in the fonts of the system.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 800, "height": 900}


class Picture(NamedTuple):
    """A picture: its name, the page that it is of, and the section; without one, what a window shows first."""

    name: str
    page: str
    section: str = ""
    colours: str = "light"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = write_pages(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for picture in TO_TAKE:
            window = browser.new_page(viewport=WIDE, color_scheme=picture.colours, reduced_motion="reduce")
            window.goto(pages[picture.page].as_uri())
            take(window, picture)
            window.close()
        browser.close()


def write_pages(folder: Path) -> dict[str, Path]:
    """The page of the README's run, and that of the tutorial's, which begins in an empty folder."""
    pages = {name: folder / f"{name}.html" for name in ("readme", "tutorial")}
    dcsim(ROOT, "report", "scenarios/circular/footnote-3.yaml", "--runbook", "failback-copy", "--out", pages["readme"])
    dcsim(folder, "init")
    dcsim(folder, "report", "first.yaml", "--runbook", "failback-copy", "--out", pages["tutorial"])
    return pages


def dcsim(folder: Path, *words: object) -> None:
    subprocess.run([sys.executable, "-m", "dcsim", *map(str, words)], cwd=folder, check=True)


def take(window: Page, picture: Picture) -> None:
    path = PICTURES / f"{picture.name}.png"
    shown = window.locator(f"#{picture.section}") if picture.section else window
    shown.screenshot(path=path, animations="disabled")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


TO_TAKE = (Picture("first-screen", "readme"),)

if __name__ == "__main__":
    main()
