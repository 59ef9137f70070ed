#pragma once
// What Swift's Glibc module leaves out: malloc_trim(3), signalfd(2), adjtimex(2).
#include <malloc.h>
#include <sys/signalfd.h>

/// Asks adjtimex(2), changing nothing, whether something keeps the clock right.
///
/// Gives the estimated error in microseconds at most, or -1 when nothing does. Its header is kept out of here: it would
/// make `timespec` and `timeval` this module's own.
long holdfast_clock_error_max_us(void);
