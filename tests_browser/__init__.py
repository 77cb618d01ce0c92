"""Tests of report.html that need a browser; `tox -e browser` runs these with Debian's Chromium."""
