"""A real API server of SkyPilot's with the plugin, and its page in Chromium: `nox -s server`.

`SCREENSHOTS` names a folder for pictures of the page.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from sky_rust import plugin
from sky_rust._registry import FUNCTIONS
from tests.rollout.planted import NAME
from tests.rollout.servers import PATH, PATIENCE, Server, started, wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NAMES = [one.name for one in FUNCTIONS]


# These come first: a machine can run one server at a time.


def test_a_server_that_may_have_no_natives(tmp_path: Path) -> None:
    with started(tmp_path, f"{plugin.__name__}.SkyRustPlugin", SKY_RUST="0") as server:
        for one in wait(server.processes):
            assert one["obstacle"] == "switched off by SKY_RUST=0"
            assert {said["backend"] for said in one["functions"].values()} == {"python"}


def test_a_server_that_requires_natives_without_proofs(tmp_path: Path) -> None:
    (tmp_path / "copied").mkdir()
    shutil.copytree(Path(plugin.__file__).parent, tmp_path / "copied" / "sky_rust")
    (tmp_path / "copied" / "sky_rust" / "proofs.json").unlink()
    variables = {"PYTHONPATH": str(tmp_path / "copied"), "XDG_CONFIG_HOME": str(tmp_path), "SKY_RUST": "require"}
    with started(tmp_path, f"{plugin.__name__}.SkyRustPlugin", **variables) as server:
        wait(lambda: {one["context"] for one in server.processes()} == {"uvicorn", "executor"})
        for one in server.processes():
            assert one["trouble"].startswith("ImportError: SKY_RUST=require: ")
            assert all("`sky-rust verify --record" in said["reason"] for said in one["functions"].values())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    classes = "tests.rollout.planted.PlantedPlugin", f"{plugin.__name__}.SkyRustPlugin"
    with started(tmp_path_factory.mktemp("home"), *classes) as server:
        wait(lambda: [one["context"] for one in server.processes()].count("executor") >= 2)
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        # Chromium needs --no-sandbox where root starts it.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, url: str, width: int = 1200, scheme: Any = "light", **options: Any) -> Page:
    """A page that fails the test where a script of ours fails, or the server's policy forbids something."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    page.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    page.on("pageerror", lambda error: pytest.fail(f"a script fails: {error}"))
    page.on("console", _no_complaint)
    page.goto(url)
    page.wait_for_selector("tr[data-function=hash_file]")
    return page


def _no_complaint(message: Any) -> None:
    is_ours = "Content Security Policy" in message.text or "sky_rust" in message.location.get("url", "")
    if is_ours and message.type in ("error", "warning"):
        assert message.text.startswith("Failed to load resource"), message.text  # an answer that is no success


def shoot(page: Page, name: str, **options: Any) -> None:
    """Takes a picture where pictures are asked for."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"{name}.png"), **options)


def test_the_servers_list_names_the_plugin(server: Server) -> None:
    code, answer = server.ask("/api/plugins")
    assert code == 200
    (ours,) = (one for one in answer["plugins"] if one.get("name") == "sky-rust")
    assert ours["js_extension_path"] == f"{PATH}/page.js"
    assert ours["version"]


def test_natives_are_in_force_in_every_process(server: Server) -> None:
    found = server.processes()
    assert {one["context"] for one in found} == {"uvicorn", "executor"}
    for one in found:
        assert (one["obstacle"], one["trouble"]) == ("", "")
        assert {name: said["backend"] for name, said in one["functions"].items()} == dict.fromkeys(NAMES, "rust")
    pid = next(one["pid"] for one in found if one["context"] == "executor")
    wait(lambda: answers(server, pid))


def answers(server: Server, pid: int) -> int:
    """How many calls of truncate_long_string a process has answered natively."""
    (one,) = (one for one in server.processes() if one["pid"] == pid)
    return int(one["functions"]["truncate_long_string"]["answers"])


def test_a_function_switched_off_on_the_page_is_off_elsewhere(server: Server, browser: Browser) -> None:
    page = opened(browser, server.url(f"{PATH}/"))
    row = page.locator("tr[data-function=truncate_long_string]")
    expect(row.locator("[data-label=backend]")).to_have_text("rust")
    row.locator("button").click()
    detail = page.locator("tr[data-detail=truncate_long_string]")
    expect(detail.locator("pre").first).to_have_text("attached to sky.utils.common_utils.truncate_long_string")
    expect(detail.locator(".process strong").last).to_contain_text("executor ")
    shoot(page, "rollout", clip={"x": 0, "y": 0, "width": 1200, "height": 640})

    began = time.monotonic()
    row.locator("select").select_option("off")
    wait(lambda: all(one["functions"]["truncate_long_string"]["switch"] == "off" for one in server.processes()))
    took = time.monotonic() - began
    expect(row.locator("[data-label=backend]")).to_have_text("python")
    expect(page.locator(".message")).to_contain_text("truncate_long_string is off in")
    seen = time.monotonic() - began
    print(f"\noff in every process after {took:.2f} s, seen on the page after {seen:.2f} s")
    expect(detail.locator("pre").last).to_contain_text("switched off by ")
    # No native answers any more.
    pid = next(one["pid"] for one in server.processes() if one["context"] == "executor")
    before = answers(server, pid)
    time.sleep(1.5)
    assert answers(server, pid) == before

    row.locator("select").select_option("")
    expect(row.locator("[data-label=backend]")).to_have_text("rust")
    assert json.loads((server.home / ".sky" / "sky_rust" / "control.json").read_text()) == {}
    page.close()


def metrics(server: Server) -> dict[str, float]:
    """The samples of ours that the server's metrics have."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.metrics}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return {
        key: float(value) for key, _, value in (one.rpartition(" ") for one in lines if one.startswith("sky_rust_"))
    }


def test_metrics_have_the_sums(server: Server) -> None:
    key = 'sky_rust_answers_total{function="truncate_long_string"}'
    first = wait(lambda: metrics(server).get(key))
    second = wait(lambda: (value := metrics(server)[key]) > first and value)  # SkyPilot asks every 30 seconds
    (one,) = (one for one in server.ask(f"{PATH}/status")[1]["functions"] if one["name"] == "truncate_long_string")
    assert second <= one["answers"]
    assert metrics(server)['sky_rust_processes{backend="rust",function="hash_file"}'] == len(server.processes())


def test_a_difference_trips_the_breaker_and_is_shown(server: Server, browser: Browser) -> None:
    page = opened(browser, server.url(f"{PATH}/"))
    row = page.locator(f"tr[data-function={NAME}]")
    row.locator("select").select_option("shadow")
    expect(row.locator("[data-label=mismatches]")).not_to_have_text("0")
    executors = sum(one["context"] == "executor" for one in server.processes())
    expect(row.locator("[data-label=backend]")).to_have_text(f"shadow 1python {executors}")
    row.locator("button").click()
    report = page.locator(f"tr[data-detail={NAME}] pre.wrong").first
    expect(report).to_contain_text("switched off by a mismatch in shadow: format_float(<float>, <int>) differs:")
    expect(report).to_contain_text("<str of 7, sha256 ")  # 'planted' itself is not shown
    expect(page.locator(".notices")).to_contain_text(f"{NAME}: answers differed")
    shoot(page, "rollout-mismatch", full_page=True)
    page.close()
    assert wait(lambda: metrics(server).get(f'sky_rust_mismatches_total{{function="{NAME}"}}')) >= 1


@pytest.fixture(scope="module")
def users(server: Server) -> None:
    """An admin, a user and a viewer, whom a proxy before the server would name in a header."""
    ids = {user: server.ask("/users/role", user=user)[1]["id"] for user in ("ann@x", "uma@x", "vic@x")}
    for user, role in (("uma@x", "user"), ("vic@x", "viewer")):
        assert server.ask("/users/update", {"user_id": ids[user], "role": role}, "ann@x")[0] == 200


@pytest.mark.usefixtures("users")
def test_who_may(server: Server) -> None:
    body = {"function": "hash_file", "switch": "on"}
    for user, code in (("ann@x", 200), ("uma@x", 403), ("vic@x", 403)):
        for path in ("/", "/page.js", "/page.css", "/status"):
            assert server.ask(PATH + path, user=user)[0] == 200
        assert server.ask(f"{PATH}/status", user=user)[1]["may_switch"] == (code == 200)
        for prefix in ("", "/internal/dashboard"):
            assert server.ask(f"{prefix}{PATH}/switch", body, user)[0] == code
    code, answer = server.ask(f"{PATH}/switch", body, "ann@x", Origin="https://evil.example.com")
    assert code == 403
    assert "only its own pages" in answer["detail"]


@pytest.mark.usefixtures("users")
def test_a_viewers_page_reads(server: Server, browser: Browser) -> None:
    page = opened(browser, server.url(f"{PATH}/"), extra_http_headers={"X-Auth-Request-Email": "vic@x"})
    expect(page.locator(".notices")).to_contain_text("vic@x has the role viewer")
    assert page.locator("select").count() == page.locator("select:disabled").count() == len(NAMES) + 1
    page.close()


def test_in_the_dashboard(server: Server, browser: Browser) -> None:
    page = opened(browser, server.url("/dashboard/plugins/sky_rust"), scheme="dark")
    assert page.locator("a[href='/dashboard/plugins/sky_rust']").count() >= 1
    assert page.locator(".page").evaluate("one => getComputedStyle(one).colorScheme") == "light"
    skip = page.get_by_text("Skip Tour")
    with contextlib.suppress(Exception):
        skip.click(timeout=5000)
    shoot(page, "rollout-dashboard")
    # From another page of the dashboard, and back: looks of the one that is left end.
    page.goto(server.url("/dashboard/users"))
    page.locator("a[href='/dashboard/plugins/sky_rust']").first.click()
    page.wait_for_selector("tr[data-function=hash_file]")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_fits(server: Server, browser: Browser, width: int, scheme: str) -> None:
    page = opened(browser, server.url(f"{PATH}/"), width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.locator(".page").evaluate("one => getComputedStyle(one).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 22, 28)")
    page.locator("tr[data-function=read_yaml] button").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shoot(page, f"rollout-{width}-{scheme}", full_page=True)
    page.close()


def test_what_the_page_says_where_something_is_wrong(server: Server, browser: Browser) -> None:
    page = opened(browser, server.url(f"{PATH}/"))
    status = server.ask(f"{PATH}/status")[1]

    def answer(code: int = 200, **other: Any) -> None:
        page.unroute("**/status")
        page.route("**/status", lambda route: route.fulfill(status=code, json={**status, **other}))

    answer(processes=[])
    expect(page.locator(".empty")).to_contain_text("No process has natives yet")
    answer(control={**status["control"], "read_only": "/etc/sky can't be written by the server"})
    expect(page.locator(".notices")).to_contain_text("The control file is read-only: /etc/sky can't be written")
    page.route("**/switch", lambda route: route.fulfill(status=409, json={"detail": "kubectl patch configmap"}))
    page.locator("tr[data-function=hash_file] select").select_option("off")
    expect(page.locator(".message.bad")).to_have_text("kubectl patch configmap")
    shoot(page, "rollout-read-only")
    answer(502)
    expect(page.locator(".notices .bad").first).to_contain_text(
        "The server answers 502. What stands here is from before."
    )
    answer(processes=[{**status["processes"][0], "trouble": "<b>trouble</b>"}])
    expect(page.locator(".notices")).to_contain_text(f"Process {status['processes'][0]['pid']}: <b>trouble</b>")
    page.close()
