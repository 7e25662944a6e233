"""CPU time of a server that works through child processes, living and gone, to the nanosecond where Linux keeps it."""
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")


def settled_cpu_seconds(pid, is_busy, limit_s=10.0):
    """CPU seconds of `pid` and all its children so far, once no child for which is_busy(name) holds is left."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end and any(is_busy(_name(child)) for child in _children(pid)):
        time.sleep(0.01)
    return cpu_seconds(pid)


def cpu_seconds(pid):
    """What the process used, what its living children used, and what its reaped children had used."""
    fields = _stat(pid)
    total = (int(fields[13]) + int(fields[14])) / TICKS  # cutime, cstime: children that ended and were waited for
    return total + sum(_own_seconds(process) for process in [pid, *_children(pid)])


def _own_seconds(pid):
    """The sum over the process's threads: /proc/PID/task/TID/schedstat counts nanoseconds on the CPU."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return total / 1e9


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def _name(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
