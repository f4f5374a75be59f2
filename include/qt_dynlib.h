/* Shared libraries by path, on both systems. Paths are UTF-8 and absolute. */
#ifndef QT_DYNLIB_H
#define QT_DYNLIB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_WIN32)

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#define QT_PATH_UNITS 1024

static inline int qt_wide_path(const char *path, wchar_t *wide)
{
    return MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, QT_PATH_UNITS) > 0;
}

/* The library's own folder is searched for what it needs: companion libraries ship beside it. */
static inline void *qt_lib_open(const char *path)
{
    wchar_t wide[QT_PATH_UNITS];
    if (!qt_wide_path(path, wide))
        return NULL;
    return (void *)LoadLibraryExW(wide, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
}

static inline void qt_lib_symbol(void *lib, const char *name, void *slot)
{
    FARPROC p = GetProcAddress((HMODULE)lib, name);
    memcpy(slot, &p, sizeof p);
}

static inline void qt_lib_error(char *text, size_t size)
{
    DWORD code = GetLastError();
    DWORD n = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, text,
                             (DWORD)size, NULL);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == '.'))
        n--;
    text[n] = 0;
}

typedef DWORD(WINAPI *qt_info_size_fn)(LPCWSTR, LPDWORD);
typedef BOOL(WINAPI *qt_info_fn)(LPCWSTR, DWORD, DWORD, LPVOID);
typedef BOOL(WINAPI *qt_query_fn)(LPCVOID, LPCWSTR, LPVOID *, PUINT);

/* four numbers of the file's VERSIONINFO; 1 found, 0 not. version.dll is looked up, not linked. */
static inline int qt_lib_version(const char *path, uint16_t out[4])
{
    static char block[16384];
    wchar_t wide[QT_PATH_UNITS];
    VS_FIXEDFILEINFO *info = NULL;
    UINT length = 0;
    DWORD unused = 0;
    qt_info_size_fn size_fn;
    qt_info_fn info_fn;
    qt_query_fn query_fn;
    HMODULE lib = LoadLibraryW(L"version.dll");
    if (!lib || !qt_wide_path(path, wide))
        return 0;
    qt_lib_symbol((void *)lib, "GetFileVersionInfoSizeW", &size_fn);
    qt_lib_symbol((void *)lib, "GetFileVersionInfoW", &info_fn);
    qt_lib_symbol((void *)lib, "VerQueryValueW", &query_fn);
    if (!size_fn || !info_fn || !query_fn || size_fn(wide, &unused) > sizeof block)
        return 0;
    if (!info_fn(wide, 0, sizeof block, block) || !query_fn(block, L"\\", (LPVOID *)&info, &length) || !info)
        return 0;
    out[0] = HIWORD(info->dwFileVersionMS);
    out[1] = LOWORD(info->dwFileVersionMS);
    out[2] = HIWORD(info->dwFileVersionLS);
    out[3] = LOWORD(info->dwFileVersionLS);
    return 1;
}

#else

#include <dlfcn.h>

static inline void *qt_lib_open(const char *path) { return dlopen(path, RTLD_NOW | RTLD_LOCAL); }

/* writes the symbol's address (or null) through slot: ISO C has no cast from data to function pointer */
static inline void qt_lib_symbol(void *lib, const char *name, void *slot)
{
    void *p = dlsym(lib, name);
    memcpy(slot, &p, sizeof p);
}

static inline void qt_lib_error(char *text, size_t size)
{
    const char *why = dlerror();
    strncpy(text, why ? why : "unknown error", size - 1);
    text[size - 1] = 0;
}

static inline int qt_lib_version(const char *path, uint16_t out[4])
{
    (void)path;
    (void)out;
    return 0; /* only Windows files carry one */
}

#endif

/* There is no close: the vendor's threads outlive DLLFinalize, and unmapping their code would crash. */

#endif
