"""Giving up rights: a broken parser can neither reach the network, start a program, write a file nor eat the machine."""

import ctypes
import os
import platform
import re
import resource

NOBODY = 65534
CPU_SECONDS = 10
ANSWER_BYTES = 8 << 20

# Refused are sockets, new processes, signals, tracing, mounting, namespaces and every change to the file system.
# Behind each name its number on x86_64 / aarch64, where it exists.
_REFUSED = """
    socket 41/198, socketpair 53/199, connect 42/203, accept 43/202, accept4 288/242, bind 49/200,
    listen 50/201, sendto 44/206, sendmsg 46/211, clone 56/220, clone3 435/435, fork 57/, vfork 58/,
    execve 59/221, execveat 322/281, kill 62/129, tkill 200/130, tgkill 234/131, pidfd_open 434/434,
    pidfd_send_signal 424/424, ptrace 101/117, process_vm_readv 310/270, process_vm_writev 311/271,
    mount 165/40, umount2 166/39, unshare 272/97, setns 308/268, bpf 321/280, perf_event_open 298/241,
    userfaultfd 323/282, io_uring_setup 425/425, keyctl 250/219, add_key 248/217, creat 85/, mkdir 83/,
    mkdirat 258/34, mknod 133/, mknodat 259/33, rmdir 84/, unlink 87/, unlinkat 263/35, rename 82/,
    renameat 264/38, renameat2 316/276, link 86/, linkat 265/37, symlink 88/, symlinkat 266/36,
    truncate 76/45, chmod 90/, fchmod 91/52, fchmodat 268/53, chown 92/, fchown 93/55, lchown 94/,
    fchownat 260/54, utimensat 280/88, setxattr 188/5, openat2 437/437
"""
_AUDIT_WORD = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# open and openat: the number, and which argument holds the flags
_OPENING = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction))]


def _refuse_system_calls() -> bool:
    """Put a filter on this process that cannot be taken off again. False where the kernel has none."""
    machine = platform.machine()
    if machine not in _AUDIT_WORD:
        return False
    column = list(_AUDIT_WORD).index(machine)
    refused = [pair.split("/")[column] for pair in re.findall(r"\d+/\d*", _REFUSED)]
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, deny, kill = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # 1 = EPERM
    rows: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4),
        (equal, 1, 0, _AUDIT_WORD[machine]),
        (give, 0, 0, kill),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),  # the x32 numbers would walk past the list
        (give, 0, 0, deny),
    ]
    for number in map(int, filter(None, refused)):
        rows += [(equal, 0, 1, number), (give, 0, 0, deny)]
    for opening, argument in _OPENING[machine]:
        rows += [(equal, 0, 4, opening), (load, 0, 0, 16 + 8 * argument)]
        rows += [(any_bit, 0, 1, _WRITING), (give, 0, 0, deny), (give, 0, 0, allow)]
    rows.append((give, 0, 0, allow))
    program = _Program(len(rows), (_Instruction * len(rows))(*(_Instruction(*row) for row in rows)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    word = ctypes.c_ulong
    if libc.prctl(no_new_privileges, word(1), word(0), word(0), word(0)) != 0:
        return False
    return bool(libc.prctl(set_seccomp, word(filter_mode), ctypes.byref(program)) == 0)


def confine(
    *, memory: int = 256 << 20, seconds: int = 0, answer_bytes: int = ANSWER_BYTES, files: int = 32
) -> None:
    """Give up memory, time, files, processes, the super-user and most system calls.

    `memory` is what may still be taken, in bytes, on top of the loaded libraries; `seconds` of processor time
    (CPU_SECONDS unless told), `answer_bytes` of output and `files` open at once are the other limits. Called once all libraries are loaded: afterwards they may lie where `nobody` may not read.
    """
    with open("/proc/self/statm") as statm:
        loaded = int(statm.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, loaded + memory),
        (resource.RLIMIT_CPU, seconds or CPU_SECONDS),
        (resource.RLIMIT_FSIZE, answer_bytes),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(5)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    _refuse_system_calls()
