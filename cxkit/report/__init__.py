"""Deliverables: notebooks to pages, one at a time or in batch."""
