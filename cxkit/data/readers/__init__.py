"""How each kind of file is opened: one small module a kind, joined in `cxkit.data.ingest`."""
