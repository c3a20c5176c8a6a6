"""What a process that evaluates queries may not do: connect to anything.

Landlock (Linux 6.7 or later; https://docs.kernel.org/userspace-api/landlock.html) has the kernel
refuse every TCP connection of the process and of those forked from it. It stands behind the rule
that refuses SERVICE, should that ever miss a clause. An older kernel has only the rule.
"""

import ctypes
import os
import struct
from collections.abc import Collection
from typing import Final

# The numbers are the same on every architecture.
_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_RULE_NET_PORT: Final = 2
_CONNECT_TCP: Final = 2
_FIRST_WITH_NETWORK: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


def confine(ports: Collection[int]) -> bool:
    """Refuse this process all TCP connections, but to these ports; tell whether the kernel can."""
    kernel = ctypes.CDLL(None, use_errno=True)
    if (
        kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
        < _FIRST_WITH_NETWORK
    ):
        return False
    handled = struct.pack("QQ", 0, _CONNECT_TCP)
    rules = kernel.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if rules < 0:
        return False
    try:
        for port in ports:
            rule = struct.pack("QQ", _CONNECT_TCP, port)
            kernel.syscall(_ADD_RULE, rules, _RULE_NET_PORT, rule, 0)
        kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(kernel.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)
