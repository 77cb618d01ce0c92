"""Records: reading, merging, comparing and classifying results.json."""
