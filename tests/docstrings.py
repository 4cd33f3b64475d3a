"""Docstrings show what a function does (`f(1)` is `2`): hold them to it."""

import re


def assert_examples_hold(docstring: str, names: dict) -> None:
    """Evaluate each "`expression` is `value`" in the paragraph that begins with "Example:", and compare."""
    paragraph = re.search(r"Example: .*?(\n\n|\s*$)", docstring, re.DOTALL)[0]
    shown = re.findall(r"`([^`]+)` is\s+`([^`]+)`", paragraph)
    assert shown, "there is no example of this form"
    for expression, value in shown:
        assert eval(expression, dict(names)) == eval(value), expression
