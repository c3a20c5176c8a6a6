"""What a child process gives up before it reads anything: its network, and outliving its parent.

Landlock (Linux 6.7 or later; https://docs.kernel.org/userspace-api/landlock.html) has the kernel
refuse every TCP connection of the process and of those forked from it. It stands behind the rule
that refuses SERVICE, should that ever miss a clause. An older kernel has only the rule.
"""

import ctypes
import os
import signal
import struct
from collections.abc import Collection

# The numbers are the same on every architecture.
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_CREATE_RULESET_VERSION = 1
_RULE_NET_PORT = 2
_ACCESS_NET_CONNECT_TCP = 2
_FIRST_VERSION_WITH_NETWORK = 4
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_NO_NEW_PRIVS = 38


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends (PR_SET_PDEATHSIG).

    `parent` is the process id of the parent: if it ended before this call, so does this process.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def confine_network(ports: Collection[int]) -> bool:
    """Refuse this process all TCP connections except to these ports.

    Returns whether the kernel can: before Linux 6.7 nothing is refused.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    version = kernel.syscall(
        _LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION
    )
    if version < _FIRST_VERSION_WITH_NETWORK:
        return False
    handled = struct.pack("QQ", 0, _ACCESS_NET_CONNECT_TCP)
    rules = kernel.syscall(_LANDLOCK_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if rules < 0:
        return False
    try:
        for port in ports:
            rule = struct.pack("QQ", _ACCESS_NET_CONNECT_TCP, port)
            kernel.syscall(_LANDLOCK_ADD_RULE, rules, _RULE_NET_PORT, rule, 0)
        kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(kernel.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)
