"""Runs the command `assembly-service`."""

from assembly_service.cli.main import main

main()
