"""Stop with `make`: a killed make must not leave a product behind that nobody sees."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def die_with_make() -> None:
    """Have the kernel send us SIGTERM when the make that started us dies; Linux only.

    Started by anything else (a service manager, nohup) we go on when the parent leaves.
    """
    if "MAKELEVEL" not in os.environ:
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
