"""Results of a run: verdicts, findings, the run record, and the folder that they are written to."""
