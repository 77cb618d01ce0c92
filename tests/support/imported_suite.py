"""What a run imports and reads, for the process that commands are forked from."""

import reports.report_files  # noqa: F401
import tests.support.forked_command  # noqa: F401
from spec.catalogue import catalogue

catalogue()
