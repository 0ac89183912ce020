/*
 * For User Mode Linux on a processor whose registers it does not know whole (AMX: 11 KB of them, of which it holds 2.6): it saves what it has room
 * for and gives that back, and this machine's kernel takes only all of them (arch/x86/kernel/fpu/regset.c, xstateregs_set). Loaded before libc, this
 * gives the others back as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char whole[1 << 16];

long ptrace(enum __ptrace_request request, ...) {
  va_list rest;
  va_start(rest, request);
  long pid = va_arg(rest, long);
  void *address = va_arg(rest, void *);
  void *data = va_arg(rest, void *);
  va_end(rest);
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
    struct iovec *given = data;
    struct iovec all = {whole, sizeof whole};
    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, address, &all) == 0 && given->iov_len < all.iov_len) {
      memcpy(whole, given->iov_base, given->iov_len);
      return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, address, &all);
    }
  }
  static long (*next)(int, long, void *, void *);
  if (!next) next = dlsym(RTLD_NEXT, "ptrace");
  return next(request, pid, address, data);
}
