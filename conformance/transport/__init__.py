"""What every exchange passes on its way: ledger, pacing, recording, origin."""
