"""`python -m assembly_service`: the same as the command `assembly-service`."""

from assembly_service.cli.main import main

main()
