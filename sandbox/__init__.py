"""Child processes that may die: the only package that starts them and sets their limits.

Whatever parses or evaluates what comes from outside runs in a child process, because the engine has
no time limit, a text that is nested deeply overflows its stack, and an allocation over the memory
limit aborts the process. A child costs itself and nothing else.

Start with `child_process` (`call` for one question, `spawn` for a process that stays), or with
`forked_process` where a fork of this process is enough. `process_end` says how a child ended and
why, `frames` is the protocol between the two, `resource_limits` and `isolation` are what a child
does to itself. This file imports nothing: a child pays for each import whenever it starts.
"""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")
