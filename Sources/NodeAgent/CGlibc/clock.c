#include <sys/timex.h>

#include "CGlibc.h"

long holdfast_clock_error_max_us(void) {
    struct timex state = {0};
    int verdict = adjtimex(&state);
    if (verdict < 0 || verdict == TIME_ERROR || (state.status & STA_UNSYNC) != 0) return -1;
    return state.maxerror;
}
