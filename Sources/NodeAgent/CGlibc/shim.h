#pragma once
// What Swift's Glibc module leaves out: malloc_trim(3), signalfd(2), adjtimex(2).
#include <malloc.h>
#include <sys/signalfd.h>
#include <sys/timex.h>
