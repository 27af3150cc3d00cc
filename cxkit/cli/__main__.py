"""`python -m cxkit.cli`."""

from cxkit.cli.commands import main

main()
