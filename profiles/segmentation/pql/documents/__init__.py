"""pql/json; `pql_json` puts it together."""
