"""Results of a run: verdicts, findings, the run record, and the output folder."""
