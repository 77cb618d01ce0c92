"""What only a browser can tell of report.html; `tox -e browser` runs these with Debian's Chromium."""
