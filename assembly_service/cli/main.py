"""The command `assembly-service`."""

import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line. Every error ends as one sentence."""
    try:
        # Slow enough to load that Ctrl-C may come meanwhile.
        from assembly_service.cli.command_line import command_line

        command_line(prog_name="assembly-service")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if isinstance(error, OSError) and _output_is_lost():
            sys.exit(f"Error: The output cannot be written: {error.strerror}.")
        if "DEBUG" in os.environ.get("LOG_LEVEL", "").upper():
            raise
        from assembly_service.settings.masking import mask_urls

        sys.exit(
            f"Error: {type(error).__name__}: {mask_urls(str(error))}. That was not expected: "
            "set LOG_LEVEL=DEBUG to see where it comes from."
        )


def _output_is_lost() -> bool:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # Or the rest of the buffer would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False
