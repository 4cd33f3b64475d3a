"""The harness must itself notice what it watches for."""

import pytest

from tests.browser import browser as harness
from tests.browser import jupyterlab


@pytest.mark.parametrize(
    ("complaint", "address", "script"),
    [
        ("request beyond this machine: https://example.com", "", "void fetch('https://example.com').catch(() => 0)"),
        ("404: .*missing", "/static/missing", ""),
        ("page error: broken", "", "setTimeout(() => { throw Error('broken') })"),
        ("console: broken", "", "console.error('broken')"),
    ],
)
def test_an_error_in_a_page_fails_its_test(browser, lab, complaint, address, script):
    watched = harness.watched_page(browser)
    page = watched.__enter__()
    page.goto(lab.url + address if address else "about:blank")
    page.evaluate(script)
    page.wait_for_timeout(500)
    with pytest.raises(AssertionError, match=complaint):
        watched.__exit__(None, None, None)


def test_without_a_browser_tests_are_skipped_with_the_reason(monkeypatch):
    monkeypatch.delenv("BERTLAB_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        harness.no_browser("no Chromium")


def test_without_a_required_browser_tests_fail(monkeypatch):
    monkeypatch.setenv("BERTLAB_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        harness.no_browser("no Chromium")


def test_the_browser_can_be_named(monkeypatch):
    monkeypatch.setenv("BERTLAB_CHROMIUM", "/opt/mine")
    assert harness.find_chromium() == "/opt/mine"


def test_the_server_touches_nothing_of_the_users(tmp_path):
    environment = jupyterlab.environment(tmp_path, "token")
    private = [name for name, value in environment.items() if value.startswith(str(tmp_path))]
    assert {"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "BERTLAB_PROGRESS"} <= set(private)
