// Two functions of glibc 2.34 that <spawn.h> shows only with _GNU_SOURCE, which Swift's Glibc module is built without.
#pragma once
#include <spawn.h>

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
