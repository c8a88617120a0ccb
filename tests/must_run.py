"""Turns skips into failures where what the tests need has to be there.

REQUIRE_BROWSER=1 does so for the tests marked `browser`, REQUIRE_NU=1 for those marked `nu`.
"""

import os
from collections.abc import Generator

import pytest

_SWITCHES = {"browser": "REQUIRE_BROWSER", "nu": "REQUIRE_NU"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    for marker, switch in _SWITCHES.items():
        if report.skipped and os.environ.get(switch) and item.get_closest_marker(marker):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            report.outcome = "failed"
            report.longrepr = f"{switch} is set, so this may not be skipped ({reason})"
    return report
