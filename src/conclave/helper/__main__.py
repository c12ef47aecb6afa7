"""Run `python -m conclave.helper`; what the packed program starts with, too."""

from conclave.helper.run import main

main()
