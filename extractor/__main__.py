"""``python -m extractor`` is the command ``claims``."""

from extractor.cli import main

main()
