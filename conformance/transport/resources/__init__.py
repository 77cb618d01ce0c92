"""Resources that a run creates at the target: ledger, ownership and the limit of live resources."""
