"""Processes that stand still for a while, as if they hung."""
import contextlib
import os
import pathlib
import signal


@contextlib.contextmanager
def stopped(pid):
    """In the block the process does nothing.  'pid' may be the file that has
    it.  It may end in the block."""
    if isinstance(pid, pathlib.Path):
        pid = int(pid.read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        # Others would wait for it if the block failed.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
