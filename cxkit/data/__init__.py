"""The client's exports: contracts, mapping, reading, privacy."""
