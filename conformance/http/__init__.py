"""HTTP messages: requests, responses, exchanges, credentials and JSON bodies."""
