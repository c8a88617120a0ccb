"""Failures that readers do not see, told to operators without product data."""

import logging

import sentry_sdk

_log = logging.getLogger(__name__)


def report_theme_failure(name: str, error: Exception) -> None:
    """A theme or plugin failed while a page was made; another theme showed the page."""
    _log.error("theme or plugin %s failed: %s", name, type(error).__name__)
    sentry_sdk.capture_exception(error)
