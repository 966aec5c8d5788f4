"""Waiting, without sleeping for luck: what takes time is looked at until it is
so, with a deadline."""
import os
import select
import time

# A build with sanitizers is slow, and so is a busy machine.
PATIENCE = float(os.environ.get("GA_TEST_PATIENCE", "20"))

# How many times slower than a machine the one under the tests is, if it is an
# emulated one: times that are promised are multiplied by it.
SLOWNESS = float(os.environ.get("GA_TEST_SLOWNESS", "1"))


def pause(seconds=0.02):
    """Yields the processor between two looks at something."""
    select.select([], [], [], seconds)


def wait_until(predicate, what, deadline=PATIENCE, interval=None):
    """Waits until predicate() is true and returns what it returned; 'what'
    says in an error what there was to see.  That predicate() fails, or does
    not find what it looks for, means "not yet", too.  Looks every 'interval'
    seconds, or by default often at first, and never so often that most of the
    time goes into looking."""
    end = time.monotonic() + deadline
    growing = 0.01
    last = None
    while True:
        begin = time.monotonic()
        try:
            last = predicate()
            if last:
                return last
        except (AssertionError, LookupError, StopIteration) as error:
            last = error
        now = time.monotonic()
        if now > end:
            raise AssertionError("waited %.0f s in vain until %s; last seen: "
                                 "%r" % (deadline, what, last))
        pause(max(growing, now - begin) if interval is None else interval)
        growing = min(growing * 1.3, 0.15)
