// setns(2), which <sched.h> shows only with _GNU_SOURCE, which Swift's Glibc module is built without.
#pragma once

int setns(int fd, int type);
