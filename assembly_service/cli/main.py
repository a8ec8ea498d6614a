"""The command `assembly-service`."""

import errno
import os
import sys

_INTERRUPTED = 130
_FULL = {errno.ENOSPC, errno.EDQUOT}
_STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}


def main() -> None:
    """Run the command line. Every error ends as one sentence."""
    open_standard_streams()
    try:
        # Slow enough to load that Ctrl-C may come meanwhile.
        from assembly_service.cli.command_line import command_line

        command_line(prog_name="assembly-service")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if isinstance(error, OSError) and (_output_is_lost() or error.errno in _FULL):
            sys.exit(f"Error: The output cannot be written: {error.strerror}.")
        if "DEBUG" in os.environ.get("LOG_LEVEL", "").upper():
            raise
        if isinstance(error, OSError) and error.filename is not None:
            sys.exit(
                f"Error: {error.filename} cannot be used: {error.strerror}. Correct that, or run "
                "this in another directory."
            )
        from assembly_service.settings.masking import mask_urls

        sys.exit(
            f"Error: {type(error).__name__}: {mask_urls(str(error))}. That was not expected: "
            "set LOG_LEVEL=DEBUG to see where it comes from."
        )


def open_standard_streams() -> None:
    """Have standard streams that are closed read and write nothing.

    A socket in the place of one would be taken for it, which ends uvloop.
    """
    for number, (name, mode) in enumerate(_STREAMS.items()):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, os.fdopen(number, mode))


def _output_is_lost() -> bool:
    """Whether output waits that cannot be written; with PYTHONUNBUFFERED none ever waits."""
    try:
        sys.stdout.flush()
    except OSError:
        # Or the rest of the buffer would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False
