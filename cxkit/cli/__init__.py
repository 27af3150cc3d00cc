"""The command line: each command parses, calls one function, and prints."""

from cxkit.cli.commands import app, main

__all__ = ["app", "main"]
