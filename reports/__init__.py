"""What was found, for people and for programs: everything is derived from results.json."""
