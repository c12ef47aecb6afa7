"""Run `python -m conclave`."""

from conclave.cli import main

main()
