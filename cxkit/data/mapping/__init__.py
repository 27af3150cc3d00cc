"""A mapping proposed for an export: what its columns look like, which column of a table each fits, and why."""
