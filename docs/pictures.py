"""Take the pictures of the pages anew: `python docs/pictures.py` (the extra `test`, and a chromium).

Each picture is a part of a page that dcsim writes or serves, at a fixed width and scale, in the fonts of the system.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
SCREEN = 1200
HIGH = 12_000
"""High enough for a whole page: a section that needs no scrolling has nothing over it."""
MARGIN = 16


class Picture(NamedTuple):
    """A picture: its name, the page that it is of, the section (else what a window shows first), and how wide it is."""

    name: str
    page: str
    section: str = ""
    width: int = 1440
    colours: str = "light"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, ExitStack() as running:
        pages = write_pages(Path(folder))
        pages["walk"] = running.enter_context(walk(Path(folder)))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for picture in TO_TAKE:
            size = {"width": picture.width, "height": HIGH if picture.section else SCREEN}
            window = browser.new_page(viewport=size, color_scheme=picture.colours, reduced_motion="reduce")
            window.goto(pages[picture.page])
            take(window, picture)
            window.close()
        browser.close()


def write_pages(folder: Path) -> dict[str, str]:
    """The page of the README's run, and that of the tutorial's, which begins in an empty folder."""
    pages = {name: folder / f"{name}.html" for name in ("readme", "tutorial")}
    dcsim(ROOT, "report", "scenarios/circular/footnote-3.yaml", "--runbook", "failback-copy", "--out", pages["readme"])
    dcsim(folder, "init")
    dcsim(folder, "report", "first.yaml", "--runbook", "failback-copy", "--out", pages["tutorial"])
    return {name: path.as_uri() for name, path in pages.items()}


@contextmanager
def walk(folder: Path) -> Iterator[str]:
    """The address of a walk along the tutorial's run, while it is served."""
    words = [sys.executable, "-m", "dcsim", "explore", "first.yaml", "--runbook", "failback-copy", "--no-browser"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as served:
        try:
            yield served.stdout.readline().split()[-1]
        finally:
            served.terminate()


def dcsim(folder: Path, *words: object) -> None:
    subprocess.run([sys.executable, "-m", "dcsim", *map(str, words)], cwd=folder, check=True)


def take(window: Page, picture: Picture) -> None:
    path = PICTURES / f"{picture.name}.png"
    clip = around(window.locator(f"#{picture.section}")) if picture.section else None
    shot = Image.open(BytesIO(window.screenshot(clip=clip, animations="disabled"))).convert("RGB")
    # A page has few colours: 256 of them take less than half of the bytes.
    shot.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def around(section: Locator) -> dict[str, float]:
    """The place of a section, with a margin."""
    box = section.bounding_box()
    assert box, "the page has no such section"
    assert box["y"] + box["height"] + MARGIN < HIGH, "the page is higher than the window"
    return {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }


TO_TAKE = (
    Picture("first-screen", "readme"),
    Picture("walk", "walk"),
    Picture("verdict", "tutorial", "verdict", width=1100),
    Picture("weekend", "tutorial", "weekend"),
    Picture("why", "tutorial", "why", width=1200),
    Picture("change", "tutorial", "change", width=1100),
    Picture("matrix", "tutorial", "matrix", width=1100),
    Picture("steps", "tutorial", "steps", width=900, colours="dark"),
)

if __name__ == "__main__":
    main()
