"""Whether others than its owner may read a file: by its mode, and on Windows by its access list."""
from __future__ import annotations

import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _FILE_OBJECT, _DACL = 1, 4
    _READ = 0x0000_0001 | 0x8000_0000 | 0x1000_0000     # FILE_READ_DATA, GENERIC_READ, GENERIC_ALL
    _INHERIT_ONLY = 0x08
    #: WELL_KNOWN_SID_TYPE: everyone, authenticated users, the groups of users and of guests.
    _MANY = {1: "everyone", 17: "authenticated users", 27: "the group Users", 28: "the group Guests"}

    def exposed(path: Path) -> str:
        """Who else may read the file, in words; empty when nobody may, or when Windows does not tell."""
        dacl, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
        failed = ctypes.windll.advapi32.GetNamedSecurityInfoW(
            wintypes.LPCWSTR(str(path)), _FILE_OBJECT, _DACL, None, None, ctypes.byref(dacl), None,
            ctypes.byref(descriptor))
        if failed:
            return ""
        try:
            return _readers(dacl) if dacl else "everyone"
        finally:
            ctypes.windll.kernel32.LocalFree(descriptor)

    def _readers(dacl: ctypes.c_void_p) -> str:
        assert dacl.value is not None
        count = int.from_bytes(ctypes.string_at(dacl.value + 4, 2), "little")
        found = {_MANY[kind] for i in range(count) for kind in _allowed(dacl, i)}
        return ", ".join(sorted(found))

    def _allowed(dacl: ctypes.c_void_p, i: int) -> list[int]:
        """The well-known groups that one entry of the list lets read."""
        entry = ctypes.c_void_p()
        if not ctypes.windll.advapi32.GetAce(dacl, i, ctypes.byref(entry)) or entry.value is None:
            return []
        head = ctypes.string_at(entry.value, 8)     # type, flags, size, mask; the SID follows
        if head[0] != 0 or head[1] & _INHERIT_ONLY or not int.from_bytes(head[4:8], "little") & _READ:
            return []
        sid = ctypes.c_void_p(entry.value + 8)
        return [kind for kind in _MANY if ctypes.windll.advapi32.IsWellKnownSid(sid, kind)]

    def remedy(path: Path) -> str:
        return f'icacls "{path}" /inheritance:r /grant:r "%USERNAME%:F"'
else:
    def exposed(path: Path) -> str:
        """Who else may read the file, in words; empty when nobody may."""
        mode = path.stat().st_mode & 0o777
        return f"mode {mode:o}" if mode & 0o077 else ""

    def remedy(path: Path) -> str:
        return f"chmod 600 {path}"
