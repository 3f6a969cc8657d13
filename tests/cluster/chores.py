"""Tasks for tests. Workers import this module, as they import those of dcsim."""

import os
import signal
import time
from pathlib import Path

from dcsim.usecases.tasks.task import Abandoned


def times(shared, payload, _stop):
    return shared * payload


def slowly(shared, payload, _stop):
    time.sleep(0.05)
    return shared * payload


def kills(shared, payload, _stop):
    if payload == shared:
        os.kill(os.getpid(), signal.SIGKILL)
    return payload


def raises(shared, payload, _stop):
    if payload == shared:
        raise LookupError(f"no {payload}")
    return payload


def not_sent(_shared, payload, _stop):
    return lambda: payload


def abandons(shared, payload, stop):
    """Say that it has begun, and go on until it is told to stop."""
    Path(shared, str(payload)).touch()
    while not stop():
        time.sleep(0.01)
    raise Abandoned


def who(_shared, _payload, _stop):
    time.sleep(0.01)
    return os.getpid()
