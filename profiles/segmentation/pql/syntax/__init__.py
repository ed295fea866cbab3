"""From characters to the pieces of a query; `parser` puts it together."""
