"""The server of a walk: who may reach it, what a page may do, and that no address brings it down."""

import re
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import quote

import html5lib
import pytest
from asgi import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from random_paths import ROOT, steps_of

from dcsim import harmless
from dcsim.serve.explore import application
from dcsim.serve.guard import HEADERS, MOST_BYTES
from dcsim.usecases.explore.begin import begin
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import load_all, run

TOKEN, PORT = "t" * 22, 8099
OWN = {"sec-fetch-site": "same-origin"}
FOOTNOTE = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u202eevil\u202c\x1b[31m {{7+7}} \u2028 'q\" é"
)


@cache
def begun(runbooks=("failback-copy",)):
    return begin(FOOTNOTE, None, runbooks)


def client(start, folder):
    return Client(application(start, folder, PORT, TOKEN), f"127.0.0.1:{PORT}")


@pytest.fixture
def web(tmp_path):
    return client(begun(), tmp_path)


def get(web, rest="", **headers):
    return web.get(f"/{TOKEN}/{rest}", **headers)


def address(path):
    return f"walk/{'/'.join(path)}"


# -- who may reach it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/walk/", f"/{TOKEN[:-1]}/", f"/{TOKEN}x/", "/favicon.ico", "//", f"/x/{TOKEN}/"]
)
def test_without_the_token_there_is_nothing(web, path):
    """Whoever has not got the address finds no page, whatever he asks for, and is not told more."""
    answer = web.get(path)
    assert (answer.status_code, answer.text) == (404, "not found")


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", "", "[::1]:8099"])
def test_another_host_is_refused(web, host):
    """A page of another site that has bound its name to this machine reaches nothing, even with the token."""
    assert get(web, host=host).status_code == 400
    assert get(web, host=f"localhost:{PORT}").status_code == 303


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "null"}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_cannot_save(web, tmp_path, headers):
    """A form of another site is refused, and nothing is written."""
    assert web.post(f"/{TOKEN}/save/on", data={"name": "x"}, headers=headers).status_code == 403
    assert list(tmp_path.iterdir()) == []


def test_every_answer_has_the_headers(web):
    """Pages, redirects, files, refusals: none is kept, framed or told where it came from, and none loads anything."""
    for answer in (
        get(web),
        get(web, "walk/on"),
        get(web, "scenario/0/on"),
        get(web, "walk/nonsense"),
        get(web, "nothing"),
        web.get("/"),
    ):
        for name, value in HEADERS.items():
            assert answer.headers[name.lower()].startswith(value)
        assert "access-control-allow-origin" not in answer.headers
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_do_nothing(web, method):
    """Only GET, HEAD and POST are answered."""
    assert web.ask(method, f"/{TOKEN}/save/on").status_code == 405


# -- pages -------------------------------------------------------------------------------------------------------------


def links(answer):
    return [unescape(found).partition("#")[0] for found in re.findall(r'href="(/[^"]*)"', answer.text)]


def test_a_scenario_opens_where_it_first_breaks(web):
    """The walk stands at the break: one choice less is before it, and the page names what broke."""
    start = get(web)
    assert start.status_code == 303
    page = web.get(start.headers["location"])
    assert page.status_code == 200
    assert "broken: discarded-absent" in page.text
    before = get(web, address(begun().stands[:-1]))
    assert "nothing broken so far" in before.text
    assert "if nothing more is done" in before.text


def test_every_link_of_a_page_leads_to_a_page(web, tmp_path):
    """What is offered can be taken: no link of a page is dead, and none of them writes anything."""
    for path in ((), begun().stands[:2], begun().stands):
        for link in dict.fromkeys(links(get(web, address(path)))):
            assert web.get(link).status_code in (200, 303), link
    assert list(tmp_path.iterdir()) == []


def test_two_runbooks_are_walked_in_step(tmp_path):
    """Both states are on the page; what differs is marked, and it is said which of them has broken the promise."""
    start = begin(FOOTNOTE, None, ("snapshot-standby", "failback-copy"))
    web = client(start, tmp_path)
    page = get(web, address((*begun().stands[:4], "at.monday.+1h"))).text
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "snapshot-standby: ✓ nothing broken so far" in text
    assert "failback-copy: ✗ broken: discarded-absent" in text
    assert "≠ differs" in text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nonsense", "nobody can do ''"),
        ("U001.fly", "nobody can do 'fly'"),
        ("NOBODY.logout", "there is no account 'NOBODY'"),
        ("at.nowhere.+5m", "there is no session 'nowhere'"),
        ("at.session-1.+5m/at.session-1.+1m", "time does not go back"),
        ("at.session-1.+9999999999d", "more than a year away"),
        ("at." + "9" * 5000, "is not a moment"),
        ("slip.skip.nothing", "no runbook has a step 'nothing'"),
        ("slip.fall.revert", "'fall' is none of"),
        ("slip.skip.revert/slip.delay.revert", "slips once at a step"),
        ("at.monday.+1h/slip.skip.revert", "it comes too late"),
        ("fault.drop.NOBODY.1", "there is no account 'NOBODY'"),
        ("fault.drop.U001.0", "the number of no entry"),
        ("fault.delay.U001.1.by=" + "9" * 30 + "d", "a year at most"),
        ("at.session-1.+5m/U001.initiate-2fa.P1.email/at.session-2.+5m/fault.drop.U001.1", "it comes too late"),
        ("U001.initiate-2fa.P1", "takes password, channel"),
        ("U001.initiate-2fa.5.email", "5 is no password"),
        ("U001.logon.otp.P1.card=gold", "gold is no card"),
        ("U001.logon.otp.P1.shoe=1", "has no 'shoe'"),
        ("U001.logout.takes=" + "9" * 20 + "d", "a year at most"),
        ("U001.write.~zz.1", "characters that no address"),
        ("~ff~fe", "are no UTF-8 text"),
        ("U001.logon.otp.~ff", "are no UTF-8 text"),
        ("U001.logon.otp.~22", "is no text between quotation marks"),
        ("on/" * 60, "nothing is left to happen"),
        ("U001.logout/" * 1500, "1,000 choices at most"),
    ],
)
def test_a_path_that_does_not_fit_says_where_and_why(web, path, says):
    """A stale or mistyped address gives a plain page with the choice at which it stops to fit, and the way back."""
    answer = get(web, f"walk/{path}")
    assert answer.status_code == 404
    text = unescape(re.sub(r"<[^>]+>", " ", answer.text))
    assert "does not fit" in text
    assert says in text, text[-900:]
    back = [link for link in links(answer) if "/walk/" in link]
    assert web.get(back[-1]).status_code == 200


@settings(max_examples=150)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_address_brings_it_down(path):
    """Whatever stands in an address, the answer is a page or a refusal, never an error of dcsim's."""
    web = client(begun(), Path())
    assert get(web, f"walk/{path}").status_code in (200, 303, 404)
    assert get(web, f"walk/{quote(path)}").status_code in (200, 404)
    assert get(web, f"add/?word={quote(path)}").status_code in (303, 400)
    assert get(web, f"add/?until={quote(path)}").status_code in (303, 400)


def test_an_address_has_an_end(web):
    """An address that is too long is refused before it is read."""
    assert get(web, "walk/" + "a" * MOST_BYTES).status_code == 414


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("until=session-1 +5m", "at.session-1.+5m"),
        ("word=U001.logon.otp.P9", "U001.logon.otp.P9"),
        ("until=2023-06-10 18:05", "at.session-1.+5m"),
    ],
)
def test_a_form_adds_a_choice(web, asked, where):
    """A moment or a word that is typed leads to the path with it; what does not fit is told."""
    answer = get(web, f"add/?{quote(asked, safe='=')}")
    assert answer.headers["location"] == f"/{TOKEN}/walk/{where}"
    for wrong in ("until=tomorrow", "until=nowhere +5m", "word=nonsense", "word=a/b", "", "until="):
        assert get(web, f"add/?{quote(wrong, safe='=')}").status_code == 400


# -- saving ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runbooks", [("failback-copy",), ("snapshot-standby", "failback-copy")])
def test_a_saved_path_is_a_scenario_that_runs(tmp_path, runbooks):
    """A form writes the file into the folder, under the name that was given; `dcsim run` finds what the page said."""
    web = client(begin(FOOTNOTE, None, runbooks), tmp_path)
    form = {"name": "my walk", "title": "Walked <b>", "world": str(len(runbooks) - 1)}
    answer = web.post(f"/{TOKEN}/save/{'/'.join(begun().stands)}", data=form, headers=OWN)
    assert answer.status_code == 200
    assert "dcsim run" in answer.text
    (case,) = load_all([tmp_path / "my-walk.yaml"])
    assert (case.scenario.scenario, case.scenario.title) == ("my walk", "Walked <b>")
    assert {problem.kind for problem in run(case).problems} == {"discarded-absent"}
    download = get(web, f"scenario/{len(runbooks) - 1}/{'/'.join(begun().stands)}")
    assert download.headers["content-disposition"] == 'attachment; filename="footnote-3.yaml"'
    (tmp_path / "download.yaml").write_bytes(download.content)
    (again,) = load_all([tmp_path / "download.yaml"])
    assert {problem.kind for problem in run(again).problems} == {"discarded-absent"}


def test_without_practices_the_command_leaves_them_out_too(tmp_path):
    """Where a walk looks at no practice, neither its page nor the run that it proposes does."""
    drop = ROOT / "scenarios" / "failure-modes" / "m02-drop-beyond-repair.yaml"
    for practices, more, broken in ((True, "", "practice broken: sites-agree"), (False, " --practices off", "")):
        start = begin(drop, None, (), practices=practices)
        web = client(start, tmp_path)
        page = get(web, address(start.whole)).text
        assert ("practice broken" in page) == bool(broken)
        assert broken in page
        saved = web.post(f"/{TOKEN}/save/{'/'.join(start.whole)}", data={"name": "drop"}, headers=OWN)
        assert f"{tmp_path / 'drop.yaml'}{more}</code>" in saved.text


def test_saving_overwrites_only_what_dcsim_wrote(web, tmp_path):
    """A file of the user's own stays as it is; one that dcsim wrote is replaced."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("scenario: mine\n")
    answer = web.post(f"/{TOKEN}/save/on", data={"name": "mine"}, headers=OWN)
    assert (answer.status_code, mine.read_text()) == (409, "scenario: mine\n")
    assert "DC117" in answer.text
    for path in ("on", "on/on"):
        assert web.post(f"/{TOKEN}/save/{path}", data={"name": "new"}, headers=OWN).status_code == 200


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "..", ".", "con\x00", HOSTILE, "a" * 80, "é"])
def test_a_name_cannot_leave_the_folder(tmp_path, name):
    """Whatever the name, the file stands in the folder."""
    folder = tmp_path / "a" / "b" / "c"
    web = client(begun(), folder)
    answer = web.post(f"/{TOKEN}/save/on", data={"name": name}, headers=OWN)
    assert answer.status_code in (200, 400, 409)
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert all(file.parent == folder and file.suffix == ".yaml" for file in written)
    assert len(written) == (answer.status_code == 200)


@pytest.mark.parametrize(
    "form", [{}, {"name": ""}, {"name": "a" * 81}, {"name": "x", "world": "7"}, {"name": "x", "world": "a"}]
)
def test_a_wrong_form_is_told(web, form):
    """A form that lacks a name, or has an odd value, gives a page and no error."""
    assert web.post(f"/{TOKEN}/save/on", data=form, headers=OWN).status_code in (200, 400)
    assert web.post(f"/{TOKEN}/save/nonsense", data={"name": "x"}, headers=OWN).status_code == 404
    many = {f"n{number}": "" for number in range(50)}
    assert web.post(f"/{TOKEN}/save/on", data=many, headers=OWN).status_code in (400, 409)


# -- hostile files -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    word, long = harmless.to_json(HOSTILE), "N" * 2000
    (folder / "h.yaml").write_text(
        f"scenario: {word}\ntitle: {word}\nrulebook: seoch-2fa-2023\nrunbook: failback-copy\n"
        f"accounts:\n  - {{id: {word}, kind: user, email: registered, smartcard: {word}}}\n"
        f"  - {{id: at, kind: da, email: registered}}\n  - {{id: {long}, kind: user, email: registered}}\n"
        f"steps:\n  - {{at: session-1 +5m, account: {word}, do: initiate-2fa, password: {word}, channel: {word}}}\n"
        f"  - {{at: session-1 +6m, account: at, do: initiate-2fa, password: 'null', channel: '5'}}\n"
        f"  - {{at: session-1 +6m, account: {long}, do: initiate-2fa, password: {long}, channel: email}}\n"
        f"  - {{at: session-2 +5m, account: {word}, do: change-password, from: {word}, to: other}}\n"
    )
    return begin(folder / "h.yaml", None, ())


def test_hostile_text_is_only_text(hostile, tmp_path):
    """Names, titles and labels from a file are shown and never obeyed, on every page; and the page is well-formed."""
    web = client(hostile, tmp_path)
    pages = [get(web, address(hostile.stands[:n])) for n in range(len(hostile.stands) + 1)]
    name = {"name": HOSTILE[:80], "title": HOSTILE}
    pages += [
        web.post(f"/{TOKEN}/save/{'/'.join(hostile.whole)}", data=name, headers=OWN),
        get(web, f"walk/{quote(HOSTILE)}"),
    ]
    for page in pages:
        assert page.status_code in (200, 404), page.text[-500:]
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert not [c for c in page.text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in "\n\t"]
        html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.text)
    file = get(web, f"scenario/0/{'/'.join(hostile.whole)}")
    (tmp_path / "again.yaml").write_bytes(file.content)
    (case,) = load_all([tmp_path / "again.yaml"])
    assert case.scenario.accounts == hostile.walk.base.accounts
    assert len(case.scenario.steps) == 4


@settings(max_examples=10)
@given(st.lists(st.integers(0, 10**6), max_size=8))
def test_any_path_has_a_page(numbers):
    """Wherever a walk leads, there is a page, it is well-formed, and its ids are its own."""
    start = begun(("snapshot-standby", "failback-copy"))
    path, _ = steps_of(start.walk, numbers)
    answer = get(client(start, Path()), address(path))
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


# -- the command -------------------------------------------------------------------------------------------------------


def started(*words, code="from dcsim.cli.main import main; main()"):
    return subprocess.Popen(
        [sys.executable, "-c", code, "explore", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_command_serves_this_machine_until_it_is_stopped(stop):
    """It prints the address, answers there and at no other address of the machine, and ends in order."""
    server = started(FOOTNOTE, "--no-browser")
    try:
        found = re.fullmatch(r"a walk at http://127\.0\.0\.1:(\d+)/([\w-]{20,})/\n", server.stdout.readline())
        port = int(found[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(f"GET /{found[2]}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            assert line.recv(4000).startswith(b"HTTP/1.1 303")
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), timeout=10)
        started_at = time.monotonic()
        server.send_signal(stop)
        _, err = server.communicate(timeout=20)
        assert (server.returncode, err) == (0, ""), err
        assert time.monotonic() - started_at < 10
    finally:
        server.kill()


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(missing):
    """The libraries are an extra: without them the command says so, in a sentence, and the others work."""
    code = f"import sys; sys.modules['{missing}'] = None; from dcsim.cli.main import main; main()"
    server = started(FOOTNOTE, "--no-browser", code=code)
    out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (2, "")
    assert "pip install 'dcsim[explore]'" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give a SCENARIO, or both --rulebook and --runbook"),
        (("--runbook", "snapshot-standby"), "give a SCENARIO, or both"),
        (("no-such.yaml",), "DC100"),
        ((FOOTNOTE, "--runbook", "none-such"), "DC116"),
        ((FOOTNOTE, "--runbook", "failback-copy", "--runbook", "none-such"), "DC116"),
        ((FOOTNOTE, *["--runbook", "failback-copy"] * 3), "two runbooks"),
        ((ROOT / "scenarios/how-to/from-a-table.yaml", "--port", "99999"), "99999"),
    ],
)
def test_bad_input_is_told(words, says):
    """What cannot be walked is said as for every command, with exit code 2."""
    server = started(*words, "--no-browser")
    out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_long_path_is_folded(web):
    """A page of a long path lists its last choices; the earlier ones are on the page before them, a link away."""
    path = ("U001.logout",) * 100
    page = get(web, address(path))
    assert page.status_code == 200
    assert "60 earlier choices" in page.text
    assert f"/{TOKEN}/{address(path[:60])}" in links(page)
    assert "20 earlier choices" in get(web, address(path[:60])).text


def test_a_scenario_whose_address_would_be_too_long_is_refused(tmp_path):
    """No browser takes an address of any length, and it is said before it is tried."""
    long = "N" * 10_000
    file = tmp_path / "long.yaml"
    file.write_text(
        f"scenario: long\ntitle: Long\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
        f"accounts: [{{id: {long}, kind: user, email: registered}}]\nsteps:\n"
        + f"  - {{at: session-1 +5m, account: {long}, do: logon, with: otp, password: P1, expect: any}}\n"
        * 6
    )
    with pytest.raises(RequestError, match="more than 48,000 characters"):
        begin(file, None, ())
