// Tells the thread sanitizer of Swift's Mutex where two threads want it at once. What it does without contention is
// compiled into whoever uses it, and so seen; waiting and waking stand in libswiftSynchronization, which is not
// compiled for the sanitizer, and without this everything that two threads do one after the other under a lock counts
// as a race. Loaded first (LD_PRELOAD), these stand before the library's functions of the same names
// (SynchronizationMutex/LinuxImpl.swift).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK_SLOW   "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Swift passes `self` in a register of its own.
#define SWIFT __attribute__((swiftcall))
#define SELF  __attribute__((swift_context))

// Of the sanitizer's runtime, which whatever is tested carries; other programs that are started meanwhile do not.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);

// `_MutexHandle._lockSlow(_:)`
SWIFT void lock_slow(uint32_t thread, SELF void *handle)
{
	SWIFT void (*own)(uint32_t, SELF void *) = dlsym(RTLD_NEXT, LOCK_SLOW);

	own(thread, handle);
	if (__tsan_acquire)
		__tsan_acquire(handle);
}

// `_MutexHandle._unlockSlow()`
SWIFT void unlock_slow(SELF void *handle)
{
	SWIFT void (*own)(SELF void *) = dlsym(RTLD_NEXT, UNLOCK_SLOW);

	if (__tsan_release)
		__tsan_release(handle);
	own(handle);
}
