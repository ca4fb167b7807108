"""Whether the calling thread has the stack that compiling needs: without it the process ends."""

import threading

from tessel.compiler.diagnostics import SourceLocation, StackError
from tessel.runtime.stack import LEAST_STACK, stack_size


def check_stack(what: str, location: SourceLocation | None = None) -> None:
    """Raises StackError where the calling thread has too small a stack for `what`."""
    size = stack_size()
    if size is None or size >= LEAST_STACK:
        return
    least = f"give it {LEAST_STACK >> 10} KiB with"
    if threading.current_thread() is threading.main_thread():
        owner, hint = "process", f"{least} `ulimit -s` before Python starts"
    else:
        owner, hint = "thread", f"{least} threading.stack_size"
    message = f"{what} in a {owner} with a stack of {size >> 10} KiB"
    raise StackError(message, location=location, hint=hint)
