"""The pages of a walk as a web application. The address is the path, and nothing is kept between two requests."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs

import attrs
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dcsim.domain.moment import instant, moment
from dcsim.files.file_name import file_name
from dcsim.files.findings import InputError
from dcsim.report.pages.explore_page import SCRIPTS, message_page, walk_page
from dcsim.report.pages.render import script_hash
from dcsim.serve.guard import HEADERS, App, Guard
from dcsim.usecases.explore.begin import WalkStart
from dcsim.usecases.explore.choices import Until, read, write
from dcsim.usecases.explore.gather import view
from dcsim.usecases.explore.saved import save_at, text_at
from dcsim.usecases.explore.walk import MisfitError

MOST_NAME = 80
WALKED = "walked"
"""What a file is called whose scenario's name has no letter."""


@attrs.frozen(eq=False)
class WalkPages:
    """The pages of one walk: its beginning, where its files are saved, and the address before every path."""

    begun: WalkStart
    folder: Path
    root: str

    def link(self, path: Sequence[str]) -> str:
        """The address of a path."""
        return f"{self.root}walk/{'/'.join(path)}"

    # -- pages -----------------------------------------------------------------------------------------------------

    async def start(self, _: Request) -> Response:
        """To where the walk stands at first."""
        return RedirectResponse(self.link(self.begun.stands), 303)

    async def walk(self, request: Request) -> Response:
        """The page at which a path ends."""
        path = _path(request)
        it = attrs.evolve(view(self.begun.walk, path, request.query_params.get("account", "")), scenario=self._named())
        return _page(walk_page(it, self.root, str(self.folder), self.begun.walk.base.scenario))

    def _named(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        begun = self.begun
        broken = (("First break", begun.stands),) if begun.stands != begun.whole else ()
        return (*broken, ("End of the scenario", begun.whole)) if begun.whole else ()

    async def add(self, request: Request) -> Response:
        """To a path with one more choice, which a form gives: a word, or a moment."""
        path, asked = _path(request), request.query_params
        try:
            if "until" in asked:
                at = instant(moment(asked["until"].strip()), self.begun.walk.book)
                word = write(Until(at), self.begun.walk.book)
            else:
                word = asked.get("word", "").strip()
                read(word, self.begun.walk.book)
            self.begun.walk.reach((*path, word))
        except (ValueError, KeyError, OverflowError) as error:
            why = f"there is no session {error}" if isinstance(error, KeyError) else str(error)
            return _page(message_page("This cannot be chosen", [why], self.link(path)), 400)
        return RedirectResponse(self.link((*path, word)), 303)

    async def scenario(self, request: Request) -> Response:
        """The path's scenario as a file."""
        world = request.path_params["world"]
        here = self.begun.walk.reach(_path(request))
        name = self.begun.walk.base.scenario
        if world >= len(self.begun.walk.models):
            raise HTTPException(404)
        headers = {"Content-Disposition": f'attachment; filename="{file_name(name, WALKED)}.yaml"'}
        return PlainTextResponse(text_at(here, world=world), headers=headers, media_type="application/yaml")

    async def save(self, request: Request) -> Response:
        """Write the path's scenario into the folder."""
        path = _path(request)
        form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        name, title, world = (form.get(key, [""])[0].strip() for key in ("name", "title", "world"))
        if not name or len(name) > MOST_NAME:
            why = f"a name has 1 to {MOST_NAME} characters"
            return _page(message_page("Nothing was saved", [why], self.link(path)), 400)
        number = 1 if world == "1" and len(self.begun.walk.models) > 1 else 0
        here = self.begun.walk.reach(path)
        file = save_at(here, self.folder, f"{file_name(name, WALKED)}.yaml", name, title, number)
        command = f"dcsim run {shlex.quote(str(file))}"
        command += "" if self.begun.walk.models[number].practices else " --practices off"
        return _page(message_page("Saved", [f"The path is a scenario now: {file}"], self.link(path), command=command))

    # -- what went wrong -------------------------------------------------------------------------------------------

    async def misfit(self, request: Request, error: Exception) -> Response:
        """A path that does not fit: where it stops to fit, and why."""
        assert isinstance(error, MisfitError)
        path = _path(request)
        word = path[error.number] if error.number < len(path) else ""
        lines = [f"It fits up to choice {error.number}. Choice {error.number + 1}, {word}, does not fit: {error}."]
        back, says = self.link(path[: error.number]), "To where it still fits"
        return _page(message_page("This path does not fit", lines, back, says), 404)

    async def refused(self, request: Request, error: Exception) -> Response:
        """A file that cannot be written, or a scenario that no file can express."""
        found = [str(each) for each in error.findings] if isinstance(error, InputError) else [str(error)]
        return _page(message_page("Nothing was saved", found, self.link(_path(request))), 409)

    async def unknown(self, _: Request, error: Exception) -> Response:
        """Any other address."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return _page(message_page("There is no such page", [], self.link(self.begun.stands)), status)


def _path(request: Request) -> tuple[str, ...]:
    return tuple(word for word in request.path_params.get("path", "").split("/") if word)


def _page(text: str, status: int = 200) -> Response:
    own = f"style-src 'unsafe-inline'; script-src '{script_hash(SCRIPTS)}'"
    policy = f"{HEADERS['Content-Security-Policy']}; {own}"
    return HTMLResponse(text, status, {"Content-Security-Policy": policy})


def application(begun: WalkStart, folder: Path, port: int, token: str) -> App:
    """The pages of a walk, behind the guard."""
    root = f"/{token}/"
    pages = WalkPages(begun, folder, root)
    routes = [
        Route(root, pages.start),
        Route(f"{root}walk/{{path:path}}", pages.walk),
        Route(f"{root}add/{{path:path}}", pages.add),
        Route(f"{root}scenario/{{world:int}}/{{path:path}}", pages.scenario),
        Route(f"{root}save/{{path:path}}", pages.save, methods=["POST"]),
    ]
    refused = dict.fromkeys((InputError, ValueError), pages.refused)
    handlers = {MisfitError: pages.misfit, HTTPException: pages.unknown, **refused}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), port, token)
