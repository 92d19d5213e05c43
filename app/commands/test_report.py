"""Counts what the test runs found, from pytest's JUnit files, into one line that people and CI read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

__test__ = False


@dataclass(frozen=True)
class Counts:
    """How many tests passed, failed (or broke) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read(report: Path, code: int) -> Counts:
    """The counts of one pytest run that ended with `code`. A run that broke off counts as one failure more."""
    try:
        suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314  our own file
    except (OSError, ElementTree.ParseError):
        return Counts(failed=0 if code in (0, 5) else 1)
    total = Counts()
    for suite in suites:
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Counts(tests - skipped - failed, failed, skipped)
    # 2 interrupted, 3 internal error, 4 wrong usage: the tests that did run tell only half.
    return total + Counts(failed=1) if code not in (0, 1, 5) and not total.failed else total
