"""Parts of the batch back end: what typed nodes are in DuckDB SQL."""
