"""Evidence file of a run: writer, reader, header and traffic statistics."""
