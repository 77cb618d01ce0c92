"""The proof that checks bite and none barks: the suite over the reference server, right and wrong."""
