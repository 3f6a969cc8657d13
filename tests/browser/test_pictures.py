"""Pages look as they did: pictures of their first screens, coarsened, are held against those in tests/browser/pictures.

A picture is compared by its light and dark in squares of 8 pixels, so that another version of a browser passes, and a
section that is missing, moved or without colour does not. With other fonts lines break elsewhere: then the pictures say
nothing, and the tests are skipped. `python tests/browser/test_pictures.py` takes
them anew: look at them before they are committed.
"""

import io
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

sys.path.insert(0, str(Path(__file__).parent))

from made import page

HERE = Path(__file__).parent / "pictures"
COARSE = 8
FAR = 40
"""So much lighter or darker (of 255) is another look."""
MOST_FAR = 0.06
"""So great a share of the squares may be far from the picture: letters are not of the same width everywhere."""
LOOKS = [
    *((name, 1440, dark) for name in ("failing", "proved", "suite") for dark in (False, True)),
    *((name, 1440, False) for name in ("passing", "violated", "rules")),
    ("failing", 800, False),
    ("failing", 800, True),
]


FONTS = HERE / "fonts.txt"
"""How wide some words are in the fonts of the pictures."""
WORDS = """() => {
  const context = document.createElement("canvas").getContext("2d");
  return ["14px ", "bold 23px ", "13px "].map((size, at) => {
    context.font = size + getComputedStyle(at < 2 ? document.body : document.querySelector("code, .mono")).fontFamily;
    return context.measureText("Every change in Session 2, 12 June 2023").width.toFixed(0);
  }).join(" ");
}"""


def name_of(look):
    name, width, dark = look
    return f"{name}-{width}-{'dark' if dark else 'light'}"


def taken(visit, look, known):
    """The first screens of a page, coarsened; ``known`` are the widths of words."""
    name, width, dark = look
    tab = visit(page(name), width, dark).tab
    if tab.evaluate(WORDS) != known:
        pytest.skip("the fonts here are others than those of the pictures")
    shot = tab.screenshot(clip={"x": 0, "y": 0, "width": width, "height": 1200}, full_page=True)
    whole = Image.open(io.BytesIO(shot)).convert("L")
    return whole.resize((whole.width // COARSE, whole.height // COARSE), Image.Resampling.BOX)


@pytest.mark.parametrize("look", LOOKS, ids=name_of)
def test_a_page_looks_as_it_did(look, visit):
    """Few squares of the picture are much lighter or darker than in the one that was looked at."""
    known = Image.open(HERE / f"{name_of(look)}.png")
    found = taken(visit, look, FONTS.read_text().strip())
    assert found.size == known.size
    far = ImageChops.difference(found, known).point(lambda light: 255 if light > FAR else 0)
    assert ImageStat.Stat(far).mean[0] / 255 <= MOST_FAR


if __name__ == "__main__":
    from shutil import which

    from conftest import Visit
    from playwright.sync_api import sync_playwright

    HERE.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        path = next(filter(None, map(which, ("chromium", "chromium-browser"))), None)
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])

        def opened(path, width, dark):
            scheme = "dark" if dark else "light"
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
            )
            return Visit(context, path.as_uri())

        widths = opened(page("failing"), 1440, False).tab.evaluate(WORDS)
        FONTS.write_text(f"{widths}\n")
        for look in LOOKS:
            taken(opened, look, widths).save(HERE / f"{name_of(look)}.png", optimize=True)
        chromium.close()
